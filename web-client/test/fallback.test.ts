// The second line: taken when there is no way on the first, and for nothing else.
import { expect, test } from 'vitest'
import { CallError, type Failure } from '../sdk/failure.ts'
import { FallbackTransport } from '../sdk/fallback.ts'
import type { ConnectOptions, Transport, TransportListener } from '../sdk/transport.ts'

const listener = {} as TransportListener
const options = (): ConnectOptions => ({ track: null, context: null, resumeToken: null, afterEventId: null, signal: new AbortController().signal })

function line(name: string, told: string[], failure: Failure | null, obstacle: Failure | null = null): () => Transport {
  return () => ({
    obstacle: () => obstacle,
    connect: async () => {
      told.push(`${name} connects`)
      if (failure !== null) throw new CallError(failure)
    },
    send: () => {
      told.push(`${name} sends`)
      return true
    },
    replaceTrack: async () => undefined,
    unblockSound: async () => undefined,
    close: () => told.push(`${name} closes`),
  })
}

test('takes the second line when sound finds no way on the first, and stays with it', async () => {
  const told: string[] = []
  const both = new FallbackTransport(line('first', told, { reason: 'no-media-path' }), line('second', told, null), listener)
  await both.connect(options())
  both.send({ type: 'response.create' })
  await both.connect(options())
  expect(told).toEqual(['first connects', 'first closes', 'second connects', 'second sends', 'second connects'])
})

test('a server that is full is full on either', async () => {
  const told: string[] = []
  const both = new FallbackTransport(line('first', told, { reason: 'server-busy', retryAfterS: 5 }), line('second', told, null), listener)
  await expect(both.connect(options())).rejects.toThrow('server-busy')
  expect(told).toEqual(['first connects'])
})

test('without WebRTC at all the second is asked first', async () => {
  const told: string[] = []
  const both = new FallbackTransport(line('first', told, null, { reason: 'no-webrtc' }), line('second', told, null), listener)
  expect(both.obstacle()).toBeNull()
  await both.connect(options())
  expect(told).toEqual(['second connects'])
})

test('where neither can be, the first says why', async () => {
  const told: string[] = []
  const second = line('second', told, null, { reason: 'insecure-context' })
  expect(new FallbackTransport(line('first', told, null, { reason: 'no-webrtc' }), second, listener).obstacle()).toEqual({ reason: 'no-webrtc' })
  await expect(new FallbackTransport(line('first', told, { reason: 'no-media-path' }), second, listener).connect(options())).rejects.toThrow('no-media-path')
})
