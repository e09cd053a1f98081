// Checks a value against the schema and says in sentences what is wrong. It knows the keywords the schema uses, and evaluates no code.

/** A part of a JSON schema. */
export interface SchemaNode {
  readonly $ref?: string
  readonly description?: string
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly oneOf?: readonly SchemaNode[]
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | SchemaNode
  readonly propertyNames?: SchemaNode
  readonly maxProperties?: number
  readonly items?: SchemaNode
  readonly minItems?: number
  readonly maxItems?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
}

/** A schema with its definitions. */
export interface Schema extends SchemaNode {
  readonly $defs: Readonly<Record<string, SchemaNode>>
}

/** What is wrong, and where. */
export interface Problem {
  /** As the server's `param`: `session.audio.input.format`; empty for the whole value. */
  readonly path: string
  readonly message: string
}

/** Everything that is wrong with `value` as the definition `name`; empty when it fits. */
export function validate(schema: Schema, name: string, value: unknown): readonly Problem[] {
  return check(schema, { $ref: `${PREFIX}${name}` }, value, '')
}

/** The definition that a reference leads to; the node itself when it is none. */
export function resolve(schema: Schema, node: SchemaNode): SchemaNode {
  const target = node.$ref === undefined ? undefined : schema.$defs[node.$ref.slice(PREFIX.length)]
  return target === undefined ? node : resolve(schema, target)
}

function check(schema: Schema, node: SchemaNode, value: unknown, path: string): readonly Problem[] {
  if (node.$ref !== undefined) return check(schema, resolve(schema, node), value, path)
  if (node.oneOf !== undefined) return checkOneOf(schema, node.oneOf, value, path)
  if (node.const !== undefined) return value === node.const ? [] : [{ path, message: `must be ${JSON.stringify(node.const)}` }]
  if (node.enum !== undefined && !node.enum.includes(value)) return [{ path, message: `must be one of ${node.enum.map((each) => JSON.stringify(each)).join(', ')}` }]
  const types = node.type === undefined ? [] : [node.type].flat()
  if (types.length > 0 && !types.some((type) => isOf(type, value))) return [{ path, message: `must be ${types.join(' or ')}` }]
  if (typeof value === 'string') return checkString(node, value, path)
  if (typeof value === 'number') return checkNumber(node, value, path)
  if (Array.isArray(value)) return checkArray(schema, node, value, path)
  return isRecord(value) ? checkObject(schema, node, value, path) : []
}

function checkOneOf(schema: Schema, branches: readonly SchemaNode[], value: unknown, path: string): readonly Problem[] {
  const all = branches.flatMap((branch) => flatten(schema, branch))
  const results = all.map((branch) => ({ branch, problems: check(schema, branch, value, path) }))
  if (results.some(({ problems }) => problems.length === 0)) return []
  if (!isRecord(value)) return [{ path, message: describeTypes(all) }]
  // The one that is meant names itself by its fixed words; where several do, by one of its few words.
  const objects = results.filter(({ branch }) => branch.type === 'object')
  const named = objects.length === 1 ? objects : objects.filter(({ branch }) => isNamed(wordsOf(schema, branch, 'const'), value))
  const meant = named.length > 1 ? named.filter(({ branch }) => holds(wordsOf(schema, branch, 'enum'), value)) : named
  if (meant.length === 1 && meant[0] !== undefined) return meant[0].problems
  const tag = all.flatMap((branch) => wordsOf(schema, branch, named.length > 1 ? 'enum' : 'const'))[0]?.[0]
  if (tag === undefined) return [{ path, message: 'fits none of the forms' }]
  const found = value[tag]
  return [{ path: under(path, tag), message: found === undefined ? 'is missing' : `is not known: ${JSON.stringify(found)}` }]
}

/** A union of unions is one union. */
function flatten(schema: Schema, node: SchemaNode): readonly SchemaNode[] {
  const target = resolve(schema, node)
  return target.oneOf === undefined ? [target] : target.oneOf.flatMap((branch) => flatten(schema, branch))
}

type Words = readonly (readonly [name: string, words: readonly unknown[]])[]

/** Required properties that hold one fixed word, or one of a few. */
function wordsOf(schema: Schema, node: SchemaNode, kind: 'const' | 'enum'): Words {
  return (node.required ?? []).flatMap((name) => {
    const { const: fixed, enum: several } = resolve(schema, node.properties?.[name] ?? {})
    if (kind === 'const') return fixed === undefined ? [] : [[name, [fixed]] as const]
    return several === undefined ? [] : [[name, several] as const]
  })
}

function isNamed(words: Words, value: Readonly<Record<string, unknown>>): boolean {
  return words.length > 0 && holds(words, value)
}

function holds(words: Words, value: Readonly<Record<string, unknown>>): boolean {
  return words.every(([name, allowed]) => allowed.includes(value[name]))
}

function checkString(node: SchemaNode, value: string, path: string): readonly Problem[] {
  const length = Array.from(value.length > SCALARS_COUNTED_MAX ? value.slice(0, SCALARS_COUNTED_MAX) : value).length + Math.max(0, value.length - SCALARS_COUNTED_MAX)
  if (length < (node.minLength ?? 0)) return [{ path, message: `must have at least ${node.minLength} characters` }]
  if (length > (node.maxLength ?? Infinity)) return [{ path, message: `must have at most ${node.maxLength} characters` }]
  if (node.pattern !== undefined && !new RegExp(node.pattern, 'u').test(value)) return [{ path, message: `must match ${node.pattern}` }]
  return []
}

function checkNumber(node: SchemaNode, value: number, path: string): readonly Problem[] {
  if (value < (node.minimum ?? -Infinity)) return [{ path, message: `must be at least ${node.minimum}` }]
  if (value > (node.maximum ?? Infinity)) return [{ path, message: `must be at most ${node.maximum}` }]
  return []
}

function checkArray(schema: Schema, node: SchemaNode, value: readonly unknown[], path: string): readonly Problem[] {
  if (value.length < (node.minItems ?? 0)) return [{ path, message: `must have at least ${node.minItems} elements` }]
  if (value.length > (node.maxItems ?? Infinity)) return [{ path, message: `must have at most ${node.maxItems} elements` }]
  const { items } = node
  return items === undefined ? [] : value.flatMap((element, at) => check(schema, items, element, `${path}[${at}]`))
}

function checkObject(schema: Schema, node: SchemaNode, value: Readonly<Record<string, unknown>>, path: string): readonly Problem[] {
  const missing = (node.required ?? []).filter((name) => !Object.hasOwn(value, name)).map((name) => ({ path: under(path, name), message: 'is missing' }))
  const names = Object.keys(value)
  const many = names.length > (node.maxProperties ?? Infinity) ? [{ path, message: `must have at most ${node.maxProperties} fields` }] : []
  const wrong = names.flatMap((name) => {
    const { additionalProperties: others, propertyNames } = node
    const named = propertyNames === undefined ? [] : check(schema, propertyNames, name, under(path, name))
    const field = node.properties !== undefined && Object.hasOwn(node.properties, name) ? node.properties[name] : undefined
    if (field !== undefined) return [...named, ...check(schema, field, value[name], under(path, name))]
    if (others === false) return [{ path: under(path, name), message: 'is not known' }]
    return typeof others === 'object' ? [...named, ...check(schema, others, value[name], under(path, name))] : named
  })
  return [...missing, ...many, ...wrong]
}

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isRecord(value)
    case 'integer':
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}

function describeTypes(branches: readonly SchemaNode[]): string {
  const words = branches.map(({ type, const: fixed, enum: several }) => {
    if (fixed !== undefined) return JSON.stringify(fixed)
    return several === undefined ? [type ?? 'anything'].flat().join(' or ') : several.map((each) => JSON.stringify(each)).join(', ')
  })
  return `must be ${[...new Set(words)].join(' or ')}`
}

function under(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const PREFIX = '#/$defs/'
/** Base64 of minutes of sound need not be counted by characters. */
const SCALARS_COUNTED_MAX = 1_000_000
