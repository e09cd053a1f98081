// The schema of the wire: sound by itself, complete, what the types are made from, and what real events keep to.
import { readFileSync, readdirSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { fromJsonl } from '../console/log.ts'
import { hear } from '../sdk/events.ts'
import { CLIENT_EVENT_TYPES, SERVER_EVENT_TYPES } from '../sdk/protocol/events.gen.ts'
import { render, typesOf } from '../sdk/protocol/generate.mjs'
import { type Schema, type SchemaNode, validate } from '../sdk/protocol/validate.ts'
import { reduce } from '../sdk/reduce.ts'
import { type SessionState, initialState } from '../sdk/state.ts'

const schema = JSON.parse(readFileSync(new URL('../sdk/protocol/realtime.schema.json', import.meta.url), 'utf8')) as Schema

const ajv = new Ajv2020({ strict: true, allErrors: true, discriminator: false, formats: { date: true, 'date-time': true }, allowUnionTypes: true })
for (const word of ['x-direction', 'x-voxfare', 'discriminator']) ajv.addKeyword(word)
ajv.addSchema(schema, 'wire')

test('events.gen.ts is what the generator writes', () => {
  const written = readFileSync(new URL('../sdk/protocol/events.gen.ts', import.meta.url), 'utf8')
  expect(written === render(schema), 'sdk/protocol/events.gen.ts is stale: run `npm run generate`').toBe(true)
})

test('it knows 11 client events and 46 server events of the protocol, and our own', () => {
  expect(typesOf(schema, 'ClientEvent')).toHaveLength(13)
  expect(typesOf(schema, 'RealtimeServerEvent')).toHaveLength(46)
  expect(typesOf(schema, 'VoxfareServerEvent').every((type: string) => type.startsWith('voxfare.'))).toBe(true)
  expect(new Set([...CLIENT_EVENT_TYPES, ...SERVER_EVENT_TYPES]).size).toBe(13 + 46 + 13)
})

test('every field says what it is', () => {
  const silent: string[] = []
  const look = (node: SchemaNode, path: string) => {
    for (const [name, field] of Object.entries(node.properties ?? {})) {
      const plain = field.const === undefined && field.$ref === undefined && field.oneOf === undefined
      if (plain && field.description === undefined) silent.push(`${path}.${name}`)
      look(field, `${path}.${name}`)
    }
    if (node.items !== undefined) look(node.items, `${path}[]`)
  }
  for (const [name, node] of Object.entries(schema.$defs)) {
    if (node.description === undefined) silent.push(name)
    look(node, name)
  }
  expect(silent).toEqual([])
})

const scripts = readdirSync(new URL('scripts/', import.meta.url)).filter((name) => name.endsWith('.json'))

test.each(scripts)('%s keeps to the schema', (name) => {
  const rows = JSON.parse(readFileSync(new URL(`scripts/${name}`, import.meta.url), 'utf8')) as readonly (readonly [number, object])[]
  const wrong = rows.flatMap(([, event], at) => validate(schema, 'ServerEvent', { event_id: `event_${at}`, ...event }).map((problem) => ({ at, event, ...problem })))
  expect(wrong).toEqual([])
})

const recordings = readdirSync(new URL('recordings/', import.meta.url))

test.each(recordings)('%s, of a real call, keeps to the schema both ways', (name) => {
  const { log, unread } = fromJsonl(readFileSync(new URL(`recordings/${name}`, import.meta.url), 'utf8'))
  expect([unread, log.length > 50]).toEqual([0, true])
  const wrong = log.flatMap(({ direction, event }) => validate(schema, direction === 'sent' ? 'ClientEvent' : 'ServerEvent', event).map((problem) => ({ event, ...problem })))
  expect(wrong).toEqual([])
})

test('a real call, replayed, comes to its captions, cards and times', () => {
  const { log } = fromJsonl(readFileSync(new URL('recordings/websocket.jsonl', import.meta.url), 'utf8'))
  const begun: SessionState = [{ type: 'start', microphone: true } as const, { type: 'microphone-granted' } as const, { type: 'connected' } as const].reduce<SessionState>(reduce, initialState)
  const state = log.flatMap(({ event }) => hear(event) ?? []).reduce<SessionState>((before, event) => reduce(before, { type: 'server', event }), begun)
  expect(state.entries.map((entry) => (entry.kind === 'card' ? entry.card.kind : `${entry.kind} ${entry.state}`))).toEqual([
    'assistant done', 'caller final', 'flights', 'assistant interrupted', 'caller final', 'assistant done',
  ])
  expect(state.turns).toHaveLength(2)
})

const CASES: readonly (readonly [string, unknown, string | null])[] = [
  ['ClientEvent', { type: 'response.create' }, null],
  ['ClientEvent', { type: 'response.create', response: null }, null],
  ['ClientEvent', { type: 'response.create', response: { conversation: 'none', metadata: { a: 'b' }, output_modalities: ['text'] } }, null],
  ['ClientEvent', { type: 'response.create', response: { colour: 1 } }, 'response.colour'],
  ['ClientEvent', { type: 'session.update', session: { audio: { input: { turn_detection: null, format: { type: 'audio/pcm', rate: 24000 } } } } }, null],
  ['ClientEvent', { type: 'session.update', session: { audio: { input: { turn_detection: { type: 'server_vad', silence_duration_ms: 99_999 } } } } }, 'session.audio.input.turn_detection.silence_duration_ms'],
  ['ClientEvent', { type: 'session.update', session: { audio: { output: { voice: { id: 'v' }, speed: 9 } } } }, 'session.audio.output.speed'],
  ['ClientEvent', { type: 'session.update', session: { tools: [{ type: 'function', name: 'a b' }] } }, 'session.tools[0].name'],
  ['ClientEvent', { type: 'session.update' }, 'session'],
  ['ClientEvent', { type: 'session.sing' }, 'type'],
  ['ClientEvent', { type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] } }, null],
  ['ClientEvent', { type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [] } }, 'item.content'],
  ['ClientEvent', { type: 'conversation.item.create', item: { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: ' ' }] } }, 'item.content[0].text'],
  ['ClientEvent', { type: 'conversation.item.create', item: { type: 'message', role: 'pilot', content: [] } }, 'item.role'],
  ['ClientEvent', { type: 'input_audio_buffer.append', audio: 'AAA' }, 'audio'],
  ['ClientEvent', { type: 'session.update', session: { audio: { input: { turn_detection: { type: 'semantic_vad', eagerness: null } } } } }, 'session.audio.input.turn_detection.eagerness'],
  ['ClientEvent', { type: 'conversation.item.truncate', item_id: 'i', content_index: 0, audio_end_ms: -4 }, null],
  ['ClientEvent', { type: 'voxfare.account.use', token: 'tok_1' }, null],
  ['ClientEvent', { type: 'voxfare.account.use', token: '' }, 'token'],
  ['ServerEvent', { type: 'voxfare.wallet.balance', event_id: 'e', wei: '12500000000000000000', trvl: '12.5', pending: { wei: '0', trvl: '0' } }, null],
  ['ServerEvent', { type: 'voxfare.wallet.balance', event_id: 'e', wei: '1', trvl: '0', pending: { wei: 0, trvl: '0' } }, 'pending.wei'],
  ['ServerEvent', { type: 'voxfare.wallet.balance', event_id: 'e', wei: '12.5', trvl: '12.5', pending: { wei: '0', trvl: '0' } }, 'wei'],
  ['ServerEvent', { type: 'voxfare.wallet.reward', event_id: 'e', booking: 'b', reference: 'XK4PLM', stage: 'settled', wei: '7', trvl: '0', why: '' }, null],
  ['ServerEvent', { type: 'voxfare.wallet.reward', event_id: 'e', booking: 'b', reference: 'XK4PLM', stage: 'spent', wei: '7', trvl: '0', why: '' }, 'stage'],
  ['ServerEvent', { type: 'voxfare.wallet.account', event_id: 'e', account: 'acct_1', kind: 'own', address: '0x1', balance: { wei: '0', trvl: '0' } }, 'address'],
  ['ServerEvent', { type: 'voxfare.ended', event_id: 'e', reason: 'bored' }, 'reason'],
  ['ServerEvent', { type: 'input_audio_buffer.dtmf_event_received', event: '5', received_at: 1 }, null],
]

test.each(CASES)('%s %j: %s', (name, event, path) => {
  const problems = validate(schema, name, event)
  expect(problems[0]?.path ?? null).toBe(path)
  // A second opinion.
  expect(ajv.validate({ $ref: `wire#/$defs/${name}` }, event)).toBe(path === null)
})

test('our reading of the schema and a full validator agree on broken events', () => {
  const rows = scripts.flatMap((name) => JSON.parse(readFileSync(new URL(`scripts/${name}`, import.meta.url), 'utf8')) as readonly (readonly [number, Record<string, unknown>])[])
  const kinds = new Map(rows.map(([, event]) => [event['type'], event]))
  const full = ajv.compile({ $ref: 'wire#/$defs/ServerEvent' })
  const disagreed: unknown[] = []
  let broken = 0
  for (const event of kinds.values()) {
    const whole: Record<string, unknown> = { event_id: 'event_1', ...event }
    for (const name of Object.keys(whole)) {
      for (const value of [null, 7, 'x', [], {}, undefined]) {
        const { [name]: _, ...rest } = whole
        const changed = value === undefined ? rest : { ...rest, [name]: value }
        const fits = validate(schema, 'ServerEvent', changed).length === 0
        if (!fits) broken += 1
        if (fits !== full(changed)) disagreed.push(changed)
      }
    }
  }
  expect(disagreed).toEqual([])
  expect(broken).toBeGreaterThan(200)
})
