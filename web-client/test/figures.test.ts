// The small pure parts: back-off, link quality, response times, loudness, and how things are written.
import { expect, test } from 'vitest'
import { daysBetween, formatDay, formatMinutes, formatMoney, formatStops, formatTime } from '../app/text/format.ts'
import { BAR_MS, Trace } from '../app/trace.ts'
import { retryDelayMs } from '../sdk/backoff.ts'
import { stepsOf, totalMs } from '../sdk/latency.ts'
import { levelOf } from '../sdk/levels.ts'
import { qualityOf, readLink } from '../sdk/link.ts'

test('back-off doubles up to ten seconds and spreads by a fifth', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 30].map((attempt) => retryDelayMs(attempt, 0))).toEqual([300, 600, 1200, 2400, 4800, 9600, 10_000, 10_000])
  expect(retryDelayMs(0, 1)).toBe(360)
})

test('a bar adds up to its last mark even when a step ran early', () => {
  const marks = { endpoint: 250, transcript: 230, first_token: null, first_audio: 318, first_packet: 331 }
  expect(stepsOf(marks).map(({ name, addedMs }) => [name, addedMs])).toEqual([['transcript', 230], ['endpoint', 20], ['first_audio', 68], ['first_packet', 13]])
  expect(totalMs(marks)).toBe(331)
})

test('the link is judged by its worst figure', () => {
  expect(qualityOf([null, null])).toBeNull()
  expect(qualityOf([{ lossPercent: 0, jitterMs: 3, rttMs: 20 }, null])).toBe('good')
  expect(qualityOf([{ lossPercent: 0, jitterMs: 3, rttMs: 20 }, { lossPercent: 9, jitterMs: null, rttMs: null }])).toBe('poor')
})

test('loss is counted since the last look', () => {
  const rows = [{ type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.04 }, { type: 'inbound-rtp', kind: 'audio', jitter: 0.005, packetsReceived: 195, packetsLost: 7 }]
  expect(readLink(rows, { received: 100, lost: 2 })).toEqual([{ rttMs: 40, jitterMs: 5, lossPercent: 5 }, { received: 195, lost: 7 }])
})

test('loudness runs from silence to speech', () => {
  expect(levelOf(new Float32Array(64))).toBe(0)
  expect(levelOf(new Float32Array(64).fill(1))).toBe(1)
  expect(levelOf(new Float32Array(64).fill(0.01))).toBeCloseTo(20 / 48, 2)
})

test('amounts, days and times are written as travellers write them', () => {
  expect(formatMoney({ minor: 61_240, currency: 'USD' }, 'en-US')).toBe('$612.40')
  expect(formatMoney({ minor: 61_200, currency: 'USD' }, 'en-US')).toBe('$612')
  expect(formatMoney({ minor: 48_000, currency: 'JPY' }, 'en-US')).toBe('¥48,000')
  expect(formatDay('2026-12-04T19:30:00', 'en-GB')).toMatch(/^Fri,? 4 Dec$/u)
  expect(formatTime('2026-12-04T19:30:00', 'en-GB')).toBe('19:30')
  expect(daysBetween('2026-12-31T22:00:00', '2027-01-01T06:00:00')).toBe(1)
  expect([formatMinutes(50), formatMinutes(120), formatMinutes(415)]).toEqual(['50 min', '2 h', '6 h 55 min'])
})

test('stops are named by where they are', () => {
  const leg = (...airports: readonly string[]) => ({
    segments: airports.slice(1).map((destination, at) => ({
      airline: 'EI', airline_name: 'Aer Lingus', number: 1, origin: airports[at] ?? '', destination, departs: '', arrives: '', departs_at: '', arrives_at: '', aircraft: '',
    })),
  })
  expect(formatStops(leg('JFK', 'LHR'))).toBe('Nonstop')
  expect(formatStops(leg('JFK', 'DUB', 'LHR'))).toBe('1 stop, DUB')
})

test('the trace keeps equal times and the loudest level of each', () => {
  const trace = new Trace(4)
  trace.take(1000, { microphone: 0.2, voice: 0 })
  trace.take(1000 + BAR_MS / 2, { microphone: 0.5, voice: 0.1 })
  trace.take(1000 + BAR_MS * 2, { microphone: 0.3, voice: 0 })
  expect(trace.microphone).toEqual([0, 0.5, 0.3, 0.3])
  expect(trace.voice).toEqual([0, 0.1, 0, 0])
  expect(trace.phase(1000 + BAR_MS * 2.5)).toBeCloseTo(0.5)
  trace.take(1000 + BAR_MS * 99, { microphone: 0.4, voice: 0 })
  expect(trace.microphone).toEqual([0, 0, 0, 0.4])
})
