// A first draft of each client event, made from the schema: what must be there, with values that fit. Pure.
import { type Schema, type SchemaNode, resolve } from '../sdk/protocol/validate.ts'

/** The events a client may send, each with what it is for. */
export function clientEvents(schema: Schema): readonly { readonly type: string; readonly name: string; readonly description: string }[] {
  return (schema.$defs['ClientEvent']?.oneOf ?? []).map((branch) => {
    const node = resolve(schema, branch)
    return { type: String(node.properties?.['type']?.const), name: branch.$ref?.split('/').at(-1) ?? '', description: node.description ?? '' }
  })
}

/** The definition of an event by its type, on either side. */
export function definitionOf(schema: Schema, type: string): SchemaNode | null {
  return Object.values(schema.$defs).find((node) => node.properties?.['type']?.const === type && 'x-direction' in node) ?? null
}

/** A draft of an event of this definition. */
export function templateOf(schema: Schema, name: string): unknown {
  const node = schema.$defs[name]
  return node === undefined ? {} : draft(schema, node, DEPTH_MAX)
}

function draft(schema: Schema, node: SchemaNode, depth: number): unknown {
  const target = resolve(schema, node)
  if (target.const !== undefined) return target.const
  if (target.default !== undefined) return target.default
  if (target.enum !== undefined) return target.enum[0]
  const first = target.oneOf?.find((branch) => resolve(schema, branch).type !== 'null')
  if (first !== undefined) return draft(schema, first, depth)
  const type = [target.type ?? 'object'].flat()[0]
  switch (type) {
    case 'string':
      return ''
    case 'integer':
    case 'number':
      return target.minimum ?? 0
    case 'boolean':
      return true
    case 'array':
      return target.items === undefined || (target.minItems ?? 0) === 0 ? [] : [draft(schema, target.items, depth - 1)]
    case 'object':
      return draftObject(schema, target, depth)
    default:
      return null
  }
}

function draftObject(schema: Schema, node: SchemaNode, depth: number): unknown {
  const wanted = new Set(node.required ?? [])
  // An object in which nothing must be there would say nothing: its usual fields show what could be.
  if (wanted.size === 0) for (const name of SHOWN) if (node.properties?.[name] !== undefined) wanted.add(name)
  if (depth <= 0) return {}
  const fields = Object.entries(node.properties ?? {}).filter(([name]) => wanted.has(name))
  return Object.fromEntries(fields.map(([name, field]) => [name, draft(schema, field, depth - 1)]))
}

const SHOWN = ['type', 'audio', 'input', 'turn_detection']
const DEPTH_MAX = 6
