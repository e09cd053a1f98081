// Sound: the resampler by sines, the ledger of what was heard, the pieces for the wire, the worklets to the sample.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ClockedSound } from '../sdk/audio/clocked.ts'
import { PlaybackLedger } from '../sdk/audio/ledger.ts'
import { Packer } from '../sdk/audio/packer.ts'
import { Resampler } from '../sdk/audio/resampler.ts'
import { fromBase64, toBase64, toFloats, toPcm } from '../sdk/pcm.ts'

function sine(rate: number, hz: number, seconds: number): Float32Array {
  return Float32Array.from({ length: Math.round(rate * seconds) }, (_, at) => 0.5 * Math.sin((2 * Math.PI * hz * at) / rate))
}

/** Runs a sound through in pieces of uneven length, as worklets and networks hand it over. */
function through(resampler: Resampler, samples: Float32Array): Float32Array {
  const out: number[] = []
  for (let at = 0, turn = 0; at < samples.length; turn += 1) {
    const size = [128, 441, 1, 480, 37][turn % 5] ?? 1
    out.push(...resampler.push(samples.subarray(at, at + size)))
    at += size
  }
  return Float32Array.from(out)
}

/** How much is not the sine of `hz`, in dB below it, and the sine's own level in dB. The ends, where the filter fills, are left out. */
function purity(samples: Float32Array, rate: number, hz: number): { readonly noiseDb: number; readonly levelDb: number } {
  const middle = samples.subarray(Math.round(rate * 0.05), samples.length - Math.round(rate * 0.05))
  let inPhase = 0
  let quadrature = 0
  middle.forEach((sample, at) => {
    inPhase += sample * Math.sin((2 * Math.PI * hz * at) / rate)
    quadrature += sample * Math.cos((2 * Math.PI * hz * at) / rate)
  })
  inPhase *= 2 / middle.length
  quadrature *= 2 / middle.length
  let rest = 0
  middle.forEach((sample, at) => {
    rest += (sample - inPhase * Math.sin((2 * Math.PI * hz * at) / rate) - quadrature * Math.cos((2 * Math.PI * hz * at) / rate)) ** 2
  })
  const pure = (inPhase ** 2 + quadrature ** 2) / 2
  return { noiseDb: 10 * Math.log10(rest / middle.length / pure), levelDb: 10 * Math.log10(pure / 0.125) }
}

function power(samples: Float32Array): number {
  return 10 * Math.log10(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length / 0.125 + 1e-15)
}

describe('resampler', () => {
  test.each([[48_000, 24_000], [44_100, 24_000], [24_000, 48_000], [24_000, 44_100], [16_000, 24_000], [96_000, 24_000]])('%i to %i Hz keeps a voice pure', (from, to) => {
    for (const hz of [200, 1000, 3400, 6000]) {
      const out = through(new Resampler(from, to), sine(from, hz, 0.6))
      const { noiseDb, levelDb } = purity(out, to, hz)
      expect(noiseDb, `${hz} Hz`).toBeLessThan(-75)
      expect(Math.abs(levelDb), `${hz} Hz`).toBeLessThan(0.1)
    }
  })

  test.each([48_000, 44_100])('what is too high for the wire is not folded back, from %i Hz', (from) => {
    for (const hz of [14_000, 17_000, 20_000]) {
      const out = through(new Resampler(from, 24_000), sine(from, hz, 0.4))
      expect(power(out.subarray(1200, out.length - 1200)), `${hz} Hz`).toBeLessThan(-70)
    }
  })

  test('no sample is lost or made up over a minute', () => {
    const resampler = new Resampler(44_100, 24_000)
    let count = 0
    for (let piece = 0; piece < 6000; piece += 1) count += resampler.push(new Float32Array(441)).length
    expect(Math.abs(count - 60 * 24_000)).toBeLessThan(32)
  })

  test('an equal rate passes as it is', () => {
    const samples = sine(24_000, 440, 0.01)
    expect(new Resampler(24_000, 24_000).push(samples)).toBe(samples)
  })
})

describe('samples', () => {
  test('base64 goes there and back, also by the bytes the server writes', () => {
    const pcm = Int16Array.from([0, 1, -1, 32_767, -32_768, 12_345])
    expect(fromBase64(toBase64(pcm))).toEqual(pcm)
    expect(toBase64(pcm)).toBe(Buffer.from(pcm.buffer).toString('base64'))
    expect(fromBase64('%%%')).toBeNull()
  })

  test('what is too loud is clipped, not wrapped', () => {
    expect([...toPcm(Float32Array.from([2, -2, 0.5]))]).toEqual([32_767, -32_767, 16_384])
    expect(toFloats(Int16Array.from([-32_767]))[0]).toBe(-1)
  })
})

describe('ledger', () => {
  test('tells to the millisecond what was heard of each saying', () => {
    const ledger = new PlaybackLedger(48_000)
    ledger.add('a', 48_000)
    ledger.finish('a')
    ledger.add('b', 24_000)
    ledger.add('b', 24_000)
    ledger.played(50_000)
    expect(ledger.waitingMs).toBeCloseTo(958.3, 1)
    expect(ledger.cut(60_048)).toEqual([{ itemId: 'b', audioEndMs: 251 }])
    expect([ledger.accepts('a'), ledger.accepts('b'), ledger.sounding]).toEqual([true, false, false])
  })

  test('a saying that waits behind was not heard at all', () => {
    const ledger = new PlaybackLedger(24_000)
    for (const id of ['a', 'b']) ledger.add(id, 24_000)
    expect(ledger.cut(12_000)).toEqual([{ itemId: 'a', audioEndMs: 500 }, { itemId: 'b', audioEndMs: 0 }])
  })

  test('a saying that ran dry is cut where it ended, for more of it is coming', () => {
    const ledger = new PlaybackLedger(24_000)
    ledger.add('a', 2400)
    ledger.played(2400)
    ledger.add('b', 24_000)
    expect(ledger.cut(2400)).toEqual([{ itemId: 'b', audioEndMs: 0 }, { itemId: 'a', audioEndMs: 100 }])
  })

  test('counts go on after a cut, and wrong ones count for nothing', () => {
    const ledger = new PlaybackLedger(24_000)
    ledger.add('a', 24_000)
    ledger.cut(10_000)
    ledger.add('b', 24_000)
    ledger.played(5)
    ledger.played(11_200)
    expect(ledger.cut(999_999)).toEqual([{ itemId: 'b', audioEndMs: 1000 }])
  })
})

describe('packer', () => {
  const ms = (count: number) => new Int16Array(24 * count)
  const sizes = (pieces: readonly Int16Array[]) => pieces.map(({ length }) => length / 24)

  test('sends 20 ms on a quick line and 40 ms on a slow one', () => {
    const packer = new Packer()
    expect(sizes(packer.push(ms(10), 0))).toEqual([])
    expect(sizes(packer.push(ms(10), 0))).toEqual([20])
    expect(sizes(packer.push(ms(20), 9_000))).toEqual([])
    expect(sizes(packer.push(ms(20), 9_000))).toEqual([40])
  })

  test('holds back on a standing line, drops the oldest, and catches up in order', () => {
    const packer = new Packer()
    for (let at = 0; at < 300; at += 1) expect(packer.push(ms(10).fill(at), 60_000)).toEqual([])
    expect(packer.dropped).toBe(24_000)
    const caught = packer.push(ms(0), 0)
    expect(caught.reduce((sum, piece) => sum + piece.length, 0)).toBe(48_000)
    expect(Math.max(...sizes(caught))).toBeLessThanOrEqual(200)
    expect(caught[0]?.[0]).toBe(100)
    expect(caught.at(-1)?.at(-1)).toBe(299)
  })
})

describe('worklets', () => {
  interface Processor {
    readonly port: { postMessage: (message: unknown) => void; onmessage: ((event: { readonly data: unknown }) => void) | null }
    process(inputs: readonly (readonly Float32Array[])[], outputs: readonly (readonly Float32Array[])[]): boolean
  }

  /** Loads a worklet as the sound thread would, at 48 kHz. */
  function load(name: string): { readonly processor: Processor; readonly told: unknown[] } {
    const told: unknown[] = []
    let made: (new () => Processor) | null = null
    class Base {
      port = { postMessage: (message: unknown) => void told.push(message), onmessage: null }
    }
    const source = readFileSync(new URL(`../sdk/audio/${name}.worklet.js`, import.meta.url), 'utf8')
    // oxlint-disable-next-line typescript/no-implied-eval
    new Function('AudioWorkletProcessor', 'registerProcessor', 'sampleRate', source)(Base, (_: string, each: new () => Processor) => (made = each), 48_000)
    if (made === null) throw new Error('nothing was registered')
    return { processor: new (made as new () => Processor)(), told }
  }

  function block(processor: Processor): Float32Array {
    const out = new Float32Array(128)
    processor.process([], [[out]])
    return out
  }

  test('playback counts to the sample and stops after one block', () => {
    const { processor, told } = load('playback')
    const send = (data: unknown) => processor.port.onmessage?.({ data })
    send({ type: 'push', samples: new Float32Array(300).fill(0.5) })
    send({ type: 'push', samples: new Float32Array(48_000).fill(0.25) })
    for (let at = 0; at < 5; at += 1) block(processor)
    send({ type: 'cut', id: 7 })
    const last = block(processor)
    expect([last[0], last[127] ?? 1]).toEqual([0.25, expect.closeTo(0.25 / 128, 5)])
    expect(told.at(-1)).toEqual({ type: 'cut', id: 7, played: 6 * 128 })
    expect(block(processor).every((sample) => sample === 0)).toBe(true)
    send({ type: 'push', samples: new Float32Array(100).fill(0.1) })
    block(processor)
    expect(told.at(-1)).toEqual({ type: 'played', played: 6 * 128 + 100 })
  })

  test('playback keeps no more than its bound', () => {
    const { processor } = load('playback')
    for (let at = 0; at < 200; at += 1) processor.port.onmessage?.({ data: { type: 'push', samples: new Float32Array(48_000) } })
    expect((processor as unknown as { readonly waiting: number }).waiting).toBe(180 * 48_000)
  })

  test('capture mixes to one channel in pieces of ten milliseconds', () => {
    const { processor, told } = load('capture')
    for (let at = 0; at < 8; at += 1) processor.process([[new Float32Array(128).fill(0.2), new Float32Array(128).fill(0.4)]], [])
    expect(told).toHaveLength(2)
    expect((told[0] as Float32Array).length).toBe(480)
    expect((told[0] as Float32Array)[479]).toBeCloseTo(0.3)
  })
})

test('where there is no sound card, the clock plays', async () => {
  let heard = 0
  const totals: number[] = []
  const sound = new ClockedSound((pcm) => (heard += pcm.length))
  await sound.open({ onHeard: () => undefined, onPlayed: (total) => totals.push(total), onBlocked: () => undefined })
  sound.play(new Int16Array(24_000))
  await new Promise((done) => setTimeout(done, 150))
  const total = await sound.cut()
  expect(total).toBe(heard)
  expect(total).toBeGreaterThan(2_400)
  expect(total).toBeLessThan(24_000)
  sound.close()
})
