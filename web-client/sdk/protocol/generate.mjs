// Writes events.gen.ts from realtime.schema.json: a type for each definition, and the names of all events. node sdk/protocol/generate.mjs
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The text of events.gen.ts for a schema. It knows the keywords that the schema uses, and stops at any other shape. */
export function render(schema) {
  const definitions = Object.entries(schema.$defs)
  return [
    '// Written by generate.mjs from realtime.schema.json; change that file and run `npm run generate`.',
    ...definitions.map(([name, definition]) => declaration(name, definition)),
    names('CLIENT_EVENT_TYPES', 'The type of every event a client may send.', schema, 'ClientEvent'),
    names('SERVER_EVENT_TYPES', 'The type of every event a server may send.', schema, 'ServerEvent'),
    '/** The type of an event a client may send. */\nexport type ClientEventType = ClientEvent[\'type\']',
    '/** The type of an event a server may send. */\nexport type ServerEventType = ServerEvent[\'type\']',
    '/** One server event, by its type. */\nexport type ServerEventOf<T extends ServerEventType> = Extract<ServerEvent, { readonly type: T }>',
    '/** One client event, by its type. */\nexport type ClientEventOf<T extends ClientEventType> = Extract<ClientEvent, { readonly type: T }>',
  ].join('\n\n').concat('\n')
}

/** The `type` words of an event union, in the order of the schema. */
export function typesOf(schema, union) {
  return schema.$defs[union].oneOf.flatMap(({ $ref }) => {
    const name = $ref.slice(PREFIX.length)
    const type = schema.$defs[name].properties?.type.const
    return type === undefined ? typesOf(schema, name) : [type]
  })
}

function declaration(name, definition) {
  const doc = comment(definition, '')
  return definition.properties === undefined
    ? `${doc}export type ${name} = ${typeOf(definition, '')}`
    : `${doc}export interface ${name} ${typeOf(definition, '')}`
}

function names(constant, doc, schema, union) {
  return `/** ${doc} */\nexport const ${constant} = [\n${typesOf(schema, union).map((type) => `  '${type}',\n`).join('')}] as const satisfies readonly ${union}['type'][]`
}

function typeOf(node, indent) {
  if (node.$ref !== undefined) return node.$ref.slice(PREFIX.length)
  if (node.const !== undefined) return literal(node.const)
  if (node.enum !== undefined) return node.enum.map(literal).join(' | ')
  if (node.oneOf !== undefined) return node.oneOf.map((each) => typeOf(each, indent)).join(' | ')
  if (Array.isArray(node.type)) return node.type.map((type) => typeOf({ ...node, type }, indent)).join(' | ')
  switch (node.type) {
    case undefined:
      return 'unknown'
    case 'string':
    case 'boolean':
    case 'null':
      return node.type
    case 'integer':
    case 'number':
      return 'number'
    case 'array': {
      const element = node.items === undefined ? 'unknown' : typeOf(node.items, indent)
      return `readonly ${/[|&]/u.test(element) ? `(${element})` : element}[]`
    }
    case 'object':
      return objectOf(node, indent)
    default:
      throw new Error(`the generator knows no type ${node.type}`)
  }
}

function objectOf(node, indent) {
  if (node.properties === undefined) {
    const values = typeof node.additionalProperties === 'object' ? typeOf(node.additionalProperties, indent) : 'unknown'
    return `Readonly<Record<string, ${values}>>`
  }
  const deeper = `${indent}  `
  const fields = Object.entries(node.properties).map(([name, field]) => {
    const optional = node.required?.includes(name) ? '' : '?'
    return `${comment(field, deeper)}${deeper}readonly ${name}${optional}: ${typeOf(field, deeper)}\n`
  })
  return `{\n${fields.join('')}${indent}}`
}

function comment(node, indent) {
  if (node.description === undefined) return ''
  const beta = node['x-voxfare'] === 'beta' ? ' Sent to clients alone that ask for the beta (`OpenAI-Beta: realtime=v1`).' : ''
  return `${indent}/** ${node.description}${beta} */\n`
}

function literal(value) {
  return typeof value === 'string' ? `'${value}'` : String(value)
}

const PREFIX = '#/$defs/'

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const schema = JSON.parse(readFileSync(new URL('realtime.schema.json', import.meta.url), 'utf8'))
  writeFileSync(new URL('events.gen.ts', import.meta.url), render(schema))
}
