// Writes docs/asyncapi.json from realtime.schema.json: every event of the wire, who sends it, and on which channel. node sdk/protocol/asyncapi.mjs
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { typesOf } from './generate.mjs'

/** The AsyncAPI 3.0 document for a schema of the wire, seen from the server. */
export function document(schema) {
  const { ClientEvent: _client, ServerEvent: _server, RealtimeServerEvent: _realtime, VoxfareServerEvent: _own, ...definitions } = schema.$defs
  const events = { client: typesOf(schema, 'ClientEvent'), server: typesOf(schema, 'ServerEvent') }
  const messages = {}
  for (const [direction, types] of Object.entries(events)) {
    for (const type of types) messages[nameOf(direction, type)] = message(schema, direction, type)
  }
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Voxfare events',
      version: '0.1.0',
      description: 'Every event of a session, both ways: the OpenAI Realtime protocol (GA) and our `voxfare.` additions, which a client may ignore. The doors that open a session are in /openapi.json.',
      license: { name: 'Apache-2.0' },
      tags: [
        { name: 'realtime', description: 'An event of the OpenAI Realtime protocol.' },
        { name: 'voxfare', description: 'One of our own additions.' },
        { name: 'beta', description: 'Sent to clients alone that ask for the beta (`OpenAI-Beta: realtime=v1`).' },
      ],
    },
    defaultContentType: 'application/json',
    channels: {
      websocket: {
        address: '/v1/realtime',
        title: 'WebSocket',
        description: 'Events as text messages; sound travels in them, base64. `?resume=TOKEN&after=EVENT_ID` comes back to a session.',
        messages: refs(Object.keys(messages), 'components/messages'),
        bindings: {
          ws: {
            method: 'GET',
            query: {
              type: 'object',
              properties: {
                model: { type: 'string', description: 'Any name; there is one model.' },
                greeting: { type: 'boolean', description: 'The server speaks first.' },
                resume: { type: 'string', description: 'The token of `voxfare.session`.' },
                after: { type: 'string', description: 'The `event_id` of the last event that was received.' },
                call_id: { type: 'string', description: 'Join a running call.' },
              },
            },
          },
        },
      },
      dataChannel: {
        address: 'oai-events',
        title: 'WebRTC data channel',
        description: 'The data channel of a call that `POST /v1/realtime/calls` opened; sound travels beside it, as Opus.',
        messages: refs(Object.keys(messages).filter((name) => !SOUND.includes(name)), 'components/messages'),
      },
    },
    operations: {
      ...operations('websocket', events, []),
      ...operations('dataChannel', events, SOUND),
    },
    components: { messages, schemas: convert(definitions) },
  }
}

/** The name of an event's message: types are not all fit to be keys, and one may go both ways. */
function nameOf(direction, type) {
  const words = type.split(/[._]/u).map((word) => word[0].toUpperCase() + word.slice(1))
  return direction + words.join('')
}

function message(schema, direction, type) {
  const [name, definition] = Object.entries(schema.$defs).find(([, each]) => each.properties?.type?.const === type && each['x-direction'] === direction)
  const tags = [{ name: type.startsWith('voxfare.') ? 'voxfare' : 'realtime' }]
  if (definition['x-voxfare'] === 'beta') tags.push({ name: 'beta' })
  return { name: type, title: type, summary: definition.description, tags, payload: { $ref: `#/components/schemas/${name}` } }
}

function operations(channel, { client, server }, without) {
  const told = (direction, types) => types.map((type) => nameOf(direction, type)).filter((name) => !without.includes(name))
  const of = (names) => names.map((name) => ({ $ref: `#/channels/${channel}/messages/${name}` }))
  return {
    [`${channel}Receive`]: { action: 'receive', channel: { $ref: `#/channels/${channel}` }, summary: 'What a client may send.', messages: of(told('client', client)) },
    [`${channel}Send`]: { action: 'send', channel: { $ref: `#/channels/${channel}` }, summary: 'What the server may send.', messages: of(told('server', server)) },
  }
}

function refs(names, place) {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/${place}/${name}` }]))
}

/** Our schema in the dialect of AsyncAPI: its own places, and no words beside a reference. */
function convert(node) {
  if (Array.isArray(node)) return node.map(convert)
  if (node === null || typeof node !== 'object') return node
  const { $ref, discriminator, ...rest } = node
  const made = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, convert(value)]))
  // Theirs is the name of a field that every variant has; ours says no more than the variants' own `type` does.
  if (discriminator !== undefined && typeof discriminator !== 'object') made.discriminator = discriminator
  if ($ref === undefined) return made
  const ref = { $ref: $ref.replace('#/$defs/', '#/components/schemas/') }
  return Object.keys(made).length === 0 ? ref : { ...made, allOf: [ref] }
}

/** Events that carry sound, which a data channel has none of. */
const SOUND = ['clientInputAudioBufferAppend', 'clientInputAudioBufferCommit', 'serverResponseOutputAudioDelta']

/** As it is written: readable, and one line for what is short. */
export function text(schema) {
  return `${lay(document(schema), '')}\n`
}

function lay(node, indent) {
  const flat = JSON.stringify(node)
  if (node === null || typeof node !== 'object' || flat.length + indent.length <= LINE_CHARS_MAX) return spaced(node)
  const deeper = `${indent}  `
  if (Array.isArray(node)) return `[\n${node.map((each) => deeper + lay(each, deeper)).join(',\n')}\n${indent}]`
  return `{\n${Object.entries(node).map(([key, value]) => `${deeper}${JSON.stringify(key)}: ${lay(value, deeper)}`).join(',\n')}\n${indent}}`
}

function spaced(node) {
  if (node === null || typeof node !== 'object') return JSON.stringify(node)
  if (Array.isArray(node)) return `[${node.map(spaced).join(', ')}]`
  const fields = Object.entries(node).map(([key, value]) => `${JSON.stringify(key)}: ${spaced(value)}`)
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
}

const LINE_CHARS_MAX = 150

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const schema = JSON.parse(readFileSync(new URL('realtime.schema.json', import.meta.url), 'utf8'))
  writeFileSync(new URL('../../../docs/asyncapi.json', import.meta.url), text(schema))
}
