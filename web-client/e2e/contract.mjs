// Holds the schema of the wire against a running server: seeded events, right and wrong ones, and every answer.
// npm run sdk && node e2e/contract.mjs ws://127.0.0.1:8080/v1/realtime [seed] [events]
// It ends with 1 when the server refuses what the schema allows, or says what the schema does not know; where it takes more, it only says so.
import { readFileSync } from 'node:fs'
import { WebSocket } from 'ws'
import { resolve, validate } from '../sdk/dist/protocol/validate.js'

const [url, seed = '1', count = '1500'] = process.argv.slice(2)
if (url === undefined) {
  console.error('usage: node e2e/contract.mjs <ws url> [seed] [events]')
  process.exit(64)
}
const schema = JSON.parse(readFileSync(new URL('../sdk/protocol/realtime.schema.json', import.meta.url), 'utf8'))
const CLIENT_EVENTS = schema.$defs.ClientEvent.oneOf.map(({ $ref }) => $ref.split('/').at(-1))
/** Those that have the most to get wrong. */
const RICH_EVENTS = ['SessionUpdateEvent', 'ConversationItemCreateEvent', 'ResponseCreateEvent']
/** Refusals of a shape; the others are of the moment. */
const SHAPE_CODES = new Set(['invalid_value', 'unknown_parameter', 'missing_required_parameter', 'unknown_event'])

let state = Number(seed)
const refusals = new Map()
const strange = new Map()
const socket = new WebSocket(url, ['realtime'])
socket.on('message', (data) => {
  const event = JSON.parse(data)
  if (event.type === 'error') refusals.set(event.error.event_id, event.error)
  for (const { path, message } of validate(schema, 'ServerEvent', event)) {
    // The server shows again what a client made up.
    if (!path.startsWith('session.truncation.token_limits')) note(strange, `${event.type} ${path} ${message}`, event)
  }
})
await new Promise((opened, failed) => socket.on('open', opened).on('error', failed))
const sent = []
for (let number = 0; number < Number(count); number += 1) {
  const right = draft({ $ref: `#/$defs/${pick(dice() < 0.5 ? RICH_EVENTS : CLIENT_EVENTS)}` }, 0)
  // As it will be read: holes become null.
  const event = JSON.parse(JSON.stringify({ ...(dice() < 0.6 ? broken(right) : right), event_id: `contract_${number}` }))
  sent.push(event)
  socket.send(JSON.stringify(event))
  if (number % 25 === 0) await pause(60)
}
await pause(3000)

const refused = new Map()
const taken = new Map()
for (const event of sent) {
  const [problem] = validate(schema, 'ClientEvent', event)
  const error = refusals.get(event.event_id)
  const shape = error !== undefined && SHAPE_CODES.has(error.code)
  if (problem === undefined && shape) note(refused, `${event.type}: ${error.message}`, event)
  if (problem !== undefined && !shape) note(taken, `${event.type}: ${problem.path} ${problem.message}`, event)
}
tell('REFUSED though the schema allows it', refused)
tell('SAID though the schema does not know it', strange)
tell('taken though the schema does not allow it', taken)
console.log(`seed ${seed}: ${sent.length} events, ${refusals.size} errors; open: ${socket.readyState === WebSocket.OPEN}`)
const sound = refused.size === 0 && strange.size === 0 && socket.readyState === WebSocket.OPEN
socket.close(1000)
process.exitCode = sound ? 0 : 1

function draft(node, depth) {
  const target = resolve(schema, node)
  if (target.const !== undefined) return target.const
  if (target.enum !== undefined) return pick(target.enum)
  if (target.oneOf !== undefined) return draft(pick(target.oneOf), depth)
  switch (pick([target.type ?? ['object', 'string', 'null']].flat())) {
    case 'boolean':
      return dice() < 0.5
    case 'string':
      return words(target)
    case 'integer':
      return Math.floor(between(target))
    case 'number':
      return Math.round(between(target) * 100) / 100
    case 'array':
      return Array.from({ length: Math.max(target.minItems ?? 0, Math.floor(dice() * 3)) }, () => draft(target.items ?? {}, depth + 1))
    case 'object':
      return fields(target, depth)
    default:
      return null
  }
}

function fields(node, depth) {
  const wanted = Object.entries(node.properties ?? {}).filter(([name]) => node.required?.includes(name) || dice() < (depth > 4 ? 0.1 : 0.4))
  const made = Object.fromEntries(wanted.map(([name, field]) => [name, draft(field, depth + 1)]))
  return typeof node.additionalProperties === 'object' ? { ...made, pair: draft(node.additionalProperties, depth + 1) } : made
}

function words({ contentEncoding, pattern, minLength = 0, maxLength = 8 }) {
  if (contentEncoding === 'base64') return Buffer.alloc(480 * Math.floor(dice() * 4)).toString('base64')
  if (pattern !== undefined) return pick(['find_it', 'a', 'A-b'])
  return 'abcdefgh'.slice(0, Math.max(minLength, Math.min(maxLength, Math.floor(dice() * 8))))
}

function between({ minimum = 0, maximum = Math.max(minimum, 1000) }) {
  return minimum + dice() * (maximum - minimum)
}

/** The same with one thing wrong, or one that happens to be right as well. */
function broken(event) {
  const copy = structuredClone(event)
  const places = placesOf(copy, []).filter(([first]) => first !== undefined && first !== 'type')
  if (places.length === 0) return { ...copy, more: 1 }
  const place = pick(places)
  const last = place.at(-1)
  const holder = place.slice(0, -1).reduce((at, name) => at[name], copy)
  const how = Math.floor(dice() * 8)
  if (how === 7) delete holder[last]
  else if (how === 6 && !Array.isArray(holder)) holder.unheard_of = 1
  else holder[last] = [null, 7, -1, 'x', [], {}, 'y'.repeat(70)][how]
  return copy
}

function placesOf(value, place) {
  if (typeof value !== 'object' || value === null) return [place]
  return [place, ...Object.entries(value).flatMap(([name, each]) => placesOf(each, [...place, name]))]
}

function dice() {
  state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
  return state / 2 ** 32
}

function pick(all) {
  return all[Math.floor(dice() * all.length)]
}

function pause(ms) {
  return new Promise((done) => setTimeout(done, ms))
}

function note(groups, key, event) {
  groups.set(key, groups.get(key) ?? event)
}

function tell(title, groups) {
  for (const [key, event] of groups) console.log(`${title}: ${key}\n    ${JSON.stringify(event).slice(0, 300)}`)
}
