// The descriptions for machines, held to what they describe by the standards' own parsers, and the page that shows them.
import { readFileSync } from 'node:fs'
import { Parser } from '@asyncapi/parser'
import { validate } from '@readme/openapi-parser'
import { expect, test } from 'vitest'
import { type AsyncApi, type Node, type OpenApi, boundsOf, search, sectionsOf, shapesOf, typeOf } from '../docs/model.ts'
import { CLIENT_EVENT_TYPES, SERVER_EVENT_TYPES } from '../sdk/protocol/events.gen.ts'
import { text } from '../sdk/protocol/asyncapi.mjs'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const written = read('../../docs/asyncapi.json')
const schema: unknown = JSON.parse(read('../sdk/protocol/realtime.schema.json'))
const events = JSON.parse(written) as AsyncApi
const http = JSON.parse(read('../../docs/openapi.json')) as OpenApi

test('asyncapi.json is what the generator writes from the schema of the wire', () => {
  expect(written).toBe(text(schema))
})

test('asyncapi.json is taken by the official parser, and has every event both ways', async () => {
  const { document, diagnostics } = await new Parser().parse(written)
  expect(diagnostics.filter(({ severity }) => severity === 0)).toEqual([])
  // 3.0 is wanted, and is not the newest.
  expect(diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version')).toEqual([])
  if (document === undefined) throw new Error('no document')
  expect(document.version()).toBe('3.0.0')
  const told = (action: 'send' | 'receive') =>
    new Set(document.operations().all().filter((operation) => operation.action() === action).flatMap((operation) => operation.messages().all().map((message) => message.name())))
  expect(told('receive')).toEqual(new Set(CLIENT_EVENT_TYPES))
  expect(told('send')).toEqual(new Set(SERVER_EVENT_TYPES))
  for (const message of document.allMessages().all()) {
    const fields = message.payload()?.properties() ?? {}
    expect([message.name(), fields['type']?.const()]).toEqual([message.name(), message.name()])
  }
})

test('a broken document is not taken', async () => {
  const broken = JSON.parse(written) as { operations: Record<string, { action: string }> }
  Object.values(broken.operations)[0]!.action = 'whisper' // oxlint-disable-line typescript/no-non-null-assertion
  const { diagnostics } = await new Parser().parse(JSON.stringify(broken))
  expect(diagnostics.filter(({ severity }) => severity === 0).length).toBeGreaterThan(0)
})

test('openapi.json is valid by the official schema and rules', async () => {
  const document = JSON.parse(read('../../docs/openapi.json')) as Parameters<typeof validate>[0]
  expect(await validate(document)).toMatchObject({ valid: true, warnings: [] })
  const broken = { ...JSON.parse(read('../../docs/openapi.json')), paths: { '/x': { get: { responses: { 200: {} } } } } } as Parameters<typeof validate>[0]
  expect(await validate(broken)).toMatchObject({ valid: false })
})

test('the page shows every door and every event once', () => {
  const sections = sectionsOf(http, events)
  const doors = sections.flatMap(({ operations }) => operations.map(({ method, path }) => `${method} ${path}`))
  const described = Object.entries(http.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
  expect(doors.toSorted()).toEqual(described.toSorted())
  const types = sections.flatMap((section) => section.events.map(({ type }) => type))
  expect(types.toSorted()).toEqual([...CLIENT_EVENT_TYPES, ...SERVER_EVENT_TYPES].toSorted())
  const ids = sections.flatMap(({ id, operations, events: own }) => [id, ...operations.map((each) => each.id), ...own.map((each) => each.id)])
  expect(new Set(ids).size).toBe(ids.length)
  const sound = sections.flatMap((section) => section.events).find(({ type }) => type === 'response.output_audio.delta')
  expect([sound?.only, sound?.own, sound?.neverSent]).toEqual(['WebSocket', false, false])
})

test('the search finds what holds all words', () => {
  const found = search(sectionsOf(http, events), 'Resume unheard_ms')
  expect(found.flatMap((section) => [...section.operations.map(({ id }) => id), ...section.events.map(({ type }) => type)])).toEqual(['voxfare.resumed'])
  expect(search(sectionsOf(http, events), '  ')).toEqual(sectionsOf(http, events))
  expect(search(sectionsOf(http, events), 'no such thing')).toEqual([])
})

test.each<[Node, string, readonly string[]]>([
  [{ $ref: '#/components/schemas/Money' }, 'Money', []],
  [{ allOf: [{ $ref: '#/x/Money' }], description: 'The total.' }, 'Money', []],
  [{ const: 'a' }, '"a"', []],
  [{ enum: ['a', null] }, '"a" | null', []],
  [{ type: 'array', items: { type: 'string' }, maxItems: 3 }, 'string[]', ['3 at most']],
  [{ type: ['string', 'null'], minLength: 1, maxLength: 1024 }, 'string | null', ['1,024 characters at most', 'not empty']],
  [{ oneOf: [{ type: 'string' }, { $ref: '#/x/Y' }] }, 'string | Y', []],
  [{ type: 'integer', minimum: 10, maximum: 7200, default: 600 }, 'integer', ['10 to 7200', 'otherwise 600']],
  [{}, 'any', []],
])('a value is told in words: %j', (node, type, bounds) => {
  expect([typeOf(node), boundsOf(node)]).toEqual([type, bounds])
})

test('a schema that holds itself is opened one step at a time', () => {
  const loop = { Tree: { properties: { leaf: { $ref: '#/x/Tree' } } }, Knot: { items: { $ref: '#/x/Knot' } } }
  expect(shapesOf(loop, { $ref: '#/x/Tree' }).map(([name]) => name)).toEqual(['Tree'])
  expect(shapesOf(loop, { $ref: '#/x/Knot' })).toEqual([])
})
