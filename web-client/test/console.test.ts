// The console's pure parts: the log and its file, filters, turns, drafts from the schema.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Filter, type LogEntry, append, countTypes, filtered, fromJsonl, pretty, summaryOf, toJsonl, turnsOf } from '../console/log.ts'
import { clientEvents, definitionOf, templateOf } from '../console/templates.ts'
import type { ServerEvent } from '../sdk/protocol/events.gen.ts'
import { type Schema, validate } from '../sdk/protocol/validate.ts'

const schema = JSON.parse(readFileSync(new URL('../sdk/protocol/realtime.schema.json', import.meta.url), 'utf8')) as Schema
const ALL: Filter = { direction: 'both', hidden: new Set(), text: '', sound: true }

function log(): readonly LogEntry[] {
  const rows = JSON.parse(readFileSync(new URL('scripts/flight-search.json', import.meta.url), 'utf8')) as readonly (readonly [number, ServerEvent])[]
  const received = rows.map(([at, event], id): LogEntry => ({ id, at, direction: 'received', event }))
  return [...received, { id: 900, at: 9000, direction: 'sent', event: { type: 'input_audio_buffer.append', audio: 'AAAA' } }]
}

describe('the log', () => {
  test('goes out and comes in again whole', () => {
    const before = log()
    const { log: after, unread } = fromJsonl(toJsonl(before))
    expect(unread).toBe(0)
    expect(after.map(({ direction, event }) => [direction, event])).toEqual(before.map(({ direction, event }) => [direction, event]))
  })

  test('takes events alone, and counts what is none', () => {
    const { log: read, unread } = fromJsonl('{"type":"response.create"}\n\n{"type":"response.done","response":{}}\nnonsense\n[1]\n{"at":"x"}\n{"at":-5,"direction":"up","event":{"type":"x"}}\n')
    expect(read.map(({ at, direction, event }) => [at, direction, event.type])).toEqual([[0, 'sent', 'response.create'], [0, 'received', 'response.done'], [0, 'received', 'x']])
    expect(unread).toBe(3)
  })

  test('is filtered by direction, type, words and sound', () => {
    const all = log()
    expect(filtered(all, ALL)).toHaveLength(all.length)
    expect(filtered(all, { ...ALL, direction: 'sent' }).map(({ id }) => id)).toEqual([900])
    expect(filtered(all, { ...ALL, sound: false }).some(({ id }) => id === 900)).toBe(false)
    expect(filtered(all, { ...ALL, hidden: new Set(['voxfare.card']) })).toHaveLength(all.length - 1)
    expect(filtered(all, { ...ALL, text: 'British  VOXFARE.card' }).map(({ event }) => event.type)).toEqual(['voxfare.card'])
  })

  test('keeps its bounds by number and by weight', () => {
    const entry = (id: number, audio: string): LogEntry => ({ id, at: 0, direction: 'sent', event: { type: 'input_audio_buffer.append', audio } })
    expect(append([], Array.from({ length: 20_050 }, (_, id) => entry(id, 'AAAA')))[0]?.id).toBe(50)
    const heavy = 'A'.repeat(20_000_000)
    expect(append([entry(0, heavy)], [1, 2, 3, 4].map((id) => entry(id, heavy))).map(({ id }) => id)).toEqual([2, 3, 4])
  })

  test('tells the turns it measured, and each event in a line', () => {
    expect(turnsOf(log())).toMatchObject([{ marks: { first_packet: 331 }, speculative: true }])
    expect(countTypes(log()).find(([type]) => type === 'voxfare.card')).toEqual(['voxfare.card', 1])
    expect(summaryOf({ id: 0, at: 0, direction: 'received', event: { type: 'error', event_id: 'e', error: { type: 'x', message: 'No such thing.' } } })).toBe('No such thing.')
    expect(pretty({ delta: 'A'.repeat(5000) }, false)).toContain('… (5000 characters)')
    expect(pretty({ delta: 'A'.repeat(5000) }, true)).not.toContain('…')
  })
})

describe('drafts', () => {
  test.each(clientEvents(schema))('of $type are nearly right: only words are missing', ({ name, type, description }) => {
    const draft = templateOf(schema, name) as { readonly type: string }
    expect(draft.type).toBe(type)
    expect(description).not.toBe('')
    for (const { message } of validate(schema, 'ClientEvent', draft)) expect(message).toMatch(/at least|must match/u)
  })

  test('an event is found by its type', () => {
    expect(definitionOf(schema, 'voxfare.card')?.description).toBe('Something to show.')
    expect(definitionOf(schema, 'message')).toBeNull()
  })
})
