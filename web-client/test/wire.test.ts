// Foreign bytes: the readers take what they know and leave the rest, and never throw.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readServerEvent } from '../sdk/events.ts'
import { failureOfStatus } from '../sdk/failure.ts'

test('what is malformed, unknown or too long is ignored', () => {
  const foreign = [
    '', '{', 'null', '[]', '1', '{"type":7}', '{"type":"toString"}', '{"type":"session.sung"}', '{"type":"voxfare.partial","item_id":1,"text":"x"}',
    '{"type":"voxfare.card","card":{"kind":"flights","offers":[{"id":"x"}]}}', '{"type":"voxfare.card","card":{"kind":"flights","offers":[{"legs":[]}]}}',
    `{"type":"voxfare.partial","item_id":"i","text":"${'x'.repeat(8_400_000)}"}`,
  ]
  for (const text of foreign) expect(readServerEvent(text)).toBeNull()
})

test('every cut of a real message is read or ignored, never thrown', () => {
  const rows = JSON.parse(readFileSync(new URL('scripts/flight-search.json', import.meta.url), 'utf8')) as readonly (readonly [number, { type: string }])[]
  for (const [, event] of rows) {
    const text = JSON.stringify(event)
    for (let end = 0; end < Math.min(text.length, 600); end += 7) expect(readServerEvent(text.slice(0, end))).toBeNull()
  }
})

test('speculative is read beside or inside the breakdown', () => {
  const base = { type: 'voxfare.latency', item_id: 'i', response_id: 'r' }
  expect(readServerEvent(JSON.stringify({ ...base, breakdown_ms: { endpoint: 250 }, speculative: true }))).toMatchObject({ speculative: true, breakdown_ms: { endpoint: 250, first_packet: null } })
  expect(readServerEvent(JSON.stringify({ ...base, breakdown_ms: { endpoint: 250, speculative: true } }))).toMatchObject({ breakdown_ms: { speculative: true } })
})

test('an act whose outcome is being looked up is read', () => {
  const event = readServerEvent('{"type":"voxfare.task","task_id":"t","name":"book","state":"pending","ms":20000}')
  expect(event).toMatchObject({ type: 'voxfare.task', state: 'pending' })
})

test('each refusal is its own failure', () => {
  expect(failureOfStatus(503, '12', '')).toEqual({ reason: 'server-busy', retryAfterS: 12 })
  expect(failureOfStatus(503, 'Wed, 21 Oct 2026 07:28:00 GMT', '')).toEqual({ reason: 'server-busy', retryAfterS: 5 })
  expect(failureOfStatus(401, null, '')).toEqual({ reason: 'not-allowed' })
  expect(failureOfStatus(422, null, '{"title":"Bad","detail":"No Opus."}')).toEqual({ reason: 'refused', status: 422, detail: 'No Opus.' })
  expect(failureOfStatus(410, null, '{"detail":"This conversation is over."}')).toEqual({ reason: 'session-over' })
  expect(failureOfStatus(500, null, '<html>')).toEqual({ reason: 'refused', status: 500, detail: '' })
})
