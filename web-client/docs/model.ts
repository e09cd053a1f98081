// What the page shows, read from the two descriptions for machines. Pure: the descriptions are arguments.

/** A node of a JSON schema, as both descriptions have them. */
export interface Node {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly oneOf?: readonly Node[]
  readonly allOf?: readonly Node[]
  readonly items?: Node
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: readonly string[]
  readonly [word: string]: unknown
}

/** The schemas by their names. */
export type Schemas = Readonly<Record<string, Node>>

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: Node
}

interface Answer {
  readonly description?: string
  readonly headers?: Readonly<Record<string, { readonly description?: string; readonly schema?: Node }>>
  readonly content?: Readonly<Record<string, { readonly schema?: Node }>>
}

interface RawOperation {
  readonly tags?: readonly string[]
  readonly operationId: string
  readonly summary?: string
  readonly description?: string
  readonly parameters?: readonly (Parameter | Ref)[]
  readonly requestBody?: { readonly required?: boolean; readonly content: NonNullable<Answer['content']> }
  readonly responses: Readonly<Record<string, Answer | Ref>>
}

interface Ref {
  readonly $ref: string
}

/** The part of an OpenAPI document that is shown. */
export interface OpenApi {
  readonly info: { readonly title: string; readonly version: string; readonly summary?: string; readonly description?: string }
  readonly tags: readonly { readonly name: string; readonly description?: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>
  readonly components: { readonly schemas: Schemas; readonly parameters: Readonly<Record<string, Parameter>>; readonly responses: Readonly<Record<string, Answer>> }
}

/** The part of an AsyncAPI document that is shown. */
export interface AsyncApi {
  readonly info: { readonly description?: string }
  readonly operations: Readonly<Record<string, { readonly action: 'send' | 'receive'; readonly messages: readonly Ref[] }>>
  readonly components: {
    readonly schemas: Schemas
    readonly messages: Readonly<Record<string, { readonly name: string; readonly summary?: string; readonly tags: readonly { readonly name: string }[]; readonly payload: Node }>>
  }
}

/** One door. */
export interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly summary: string
  readonly description: string
  readonly parameters: readonly Parameter[]
  readonly body: NonNullable<Answer['content']>
  /** Statuses that are answered alike stand together. */
  readonly answers: readonly (readonly [statuses: readonly string[], Answer])[]
}

/** One event. */
export interface EventDoc {
  readonly id: string
  readonly type: string
  readonly summary: string
  readonly own: boolean
  readonly neverSent: boolean
  /** It is for one of the two channels alone. */
  readonly only: string | null
  readonly payload: Node
}

/** What stands under one heading. */
export interface Section {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly operations: readonly Operation[]
  readonly events: readonly EventDoc[]
}

/** All sections, in the order of the page. */
export function sectionsOf(http: OpenApi, events: AsyncApi): readonly Section[] {
  const doors = http.tags.map(({ name, description = '' }) => ({
    id: `http-${name}`,
    title: name === 'realtime' ? 'Opening sessions' : titled(name),
    description,
    operations: operationsOf(http, name),
    events: [],
  }))
  const of = (id: string, title: string, description: string, pick: (event: EventDoc) => boolean, action: 'send' | 'receive') => ({
    id, title, description, operations: [], events: eventsOf(events, action).filter(pick),
  })
  return [
    ...doors,
    of('client-events', 'Events from the client', 'What a client may send, on a WebSocket or on the data channel `oai-events`.', () => true, 'receive'),
    of('server-events', 'Events from the server', 'What the OpenAI Realtime protocol has a server say.', ({ own }) => !own, 'send'),
    of('own-events', 'Our additions', 'Events that begin with `voxfare.`; a client may ignore them.', ({ own }) => own, 'send'),
  ]
}

/** What of the sections holds all the words. */
export function search(sections: readonly Section[], text: string): readonly Section[] {
  const words = text.toLowerCase().split(/\s+/u).filter(Boolean)
  if (words.length === 0) return sections
  const holds = (...texts: readonly string[]) => words.every((word) => texts.some((each) => each.toLowerCase().includes(word)))
  return sections
    .map((section) => ({
      ...section,
      operations: section.operations.filter(({ path, method, summary, description, parameters }) => holds(path, method, summary, description, ...parameters.map(({ name }) => name))),
      events: section.events.filter(({ type, summary, payload }) => holds(type, summary, ...Object.keys(payload.properties ?? {}))),
    }))
    .filter(({ operations, events }) => operations.length + events.length > 0)
}

/** The node that a reference names; the node itself when it is none. */
export function resolve(schemas: Schemas, node: Node): Node {
  const name = refName(node)
  return name === null ? node : (schemas[name] ?? {})
}

/** The name of what a node refers to, also where it says more beside. */
export function refName(node: Node): string | null {
  const ref = node.$ref ?? node.allOf?.[0]?.$ref
  return ref === undefined ? null : lastOf(ref)
}

/** What a value is, in a few words. */
export function typeOf(node: Node): string {
  const name = refName(node)
  if (name !== null) return name
  if (node.const !== undefined) return JSON.stringify(node.const)
  if (node.enum !== undefined) return node.enum.map((each) => JSON.stringify(each)).join(' | ')
  if (node.oneOf !== undefined) return node.oneOf.map(typeOf).join(' | ')
  if (node.type === 'array') return `${node.items === undefined ? 'any' : typeOf(node.items)}[]`
  if (node.type === undefined) return 'any'
  return typeof node.type === 'string' ? node.type : node.type.join(' | ')
}

/** What a value must keep to, in words. */
export function boundsOf(node: Node): readonly string[] {
  const told: string[] = []
  const { minimum, maximum } = node
  if (minimum !== undefined && maximum !== undefined) told.push(`${String(minimum)} to ${String(maximum)}`)
  else if (minimum !== undefined) told.push(`${String(minimum)} or more`)
  else if (maximum !== undefined) told.push(`${String(maximum)} at most`)
  if (node['maxLength'] !== undefined) told.push(`${Number(node['maxLength']).toLocaleString('en')} characters at most`)
  if (node['minLength'] === 1) told.push('not empty')
  if (node['minItems'] !== undefined) told.push(`${String(node['minItems'])} at least`)
  if (node['maxItems'] !== undefined) told.push(`${String(node['maxItems'])} at most`)
  if (node['format'] !== undefined) told.push(String(node['format']))
  if (node['contentEncoding'] !== undefined) told.push(String(node['contentEncoding']))
  if (node['default'] !== undefined) told.push(`otherwise ${JSON.stringify(node['default'])}`)
  return told
}

/** The schemas with fields of their own that a value may be. */
export function shapesOf(schemas: Schemas, node: Node, depth = 0): readonly (readonly [name: string | null, Node])[] {
  if (depth > SHAPES_DEPTH_MAX) return []
  const named = refName(node)
  const whole = resolve(schemas, node)
  if (whole.properties !== undefined) return [[named, whole]]
  if (whole.items !== undefined) return shapesOf(schemas, whole.items, depth + 1)
  return (whole.oneOf ?? []).flatMap((each) => shapesOf(schemas, each, depth + 1))
}

function operationsOf({ paths, components }: OpenApi, tag: string): readonly Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { tags }]) => tags?.includes(tag))
      .map(([method, raw]) => ({
        id: raw.operationId,
        method: method.toUpperCase(),
        path,
        summary: raw.summary ?? '',
        description: raw.description ?? '',
        parameters: (raw.parameters ?? []).map((each) => ('$ref' in each ? (components.parameters[lastOf(each.$ref)] ?? { name: '?', in: '?' }) : each)),
        body: raw.requestBody?.content ?? {},
        answers: answersOf(raw, components.responses),
      })),
  )
}

function answersOf({ responses }: RawOperation, shared: OpenApi['components']['responses']): Operation['answers'] {
  const alike = new Map<Answer, string[]>()
  for (const [status, each] of Object.entries(responses).toSorted(([a], [b]) => a.localeCompare(b))) {
    const answer = '$ref' in each ? (shared[lastOf(each.$ref)] ?? {}) : each
    alike.set(answer, [...(alike.get(answer) ?? []), status])
  }
  return [...alike].map(([answer, statuses]) => [statuses, answer] as const)
}

function eventsOf({ operations, components }: AsyncApi, action: 'send' | 'receive'): readonly EventDoc[] {
  const lists = Object.entries(operations).filter(([, operation]) => operation.action === action)
  const names = [...new Set(lists.flatMap(([, { messages }]) => messages.map(({ $ref }) => lastOf($ref))))]
  return names.flatMap((name) => {
    const message = components.messages[name]
    if (message === undefined) return []
    const on = lists.filter(([, { messages }]) => messages.some(({ $ref }) => lastOf($ref) === name))
    const tags = message.tags.map((tag) => tag.name)
    const only = on.length === lists.length ? null : (on[0]?.[0].startsWith('websocket') ? 'WebSocket' : 'data channel')
    const payload = resolve(components.schemas, message.payload)
    return [{ id: name, type: message.name, summary: message.summary ?? '', own: tags.includes('voxfare'), neverSent: tags.includes('never-sent'), only, payload }]
  })
}

function lastOf(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1)
}

function titled(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1)
}

const SHAPES_DEPTH_MAX = 6
