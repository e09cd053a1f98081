// Changes the rate of sound without folding what is too high back into it: a windowed-sinc filter, one phase for each place between samples. Pure.

/** Turns a stream of one rate into a stream of another. Feed it in pieces of any length; their borders are not heard. */
export class Resampler {
  readonly #up: number
  readonly #down: number
  readonly #taps: number
  readonly #phases: readonly Float32Array[]
  #kept: Float32Array
  /** Where the next output stands, in input samples times `up`, from the start of `kept`. */
  #at: number

  /** Rates in Hz, whole numbers. */
  constructor(from: number, to: number) {
    const common = gcd(from, to)
    this.#up = to / common
    this.#down = from / common
    // Going down, the filter must be as much wider as the band is narrower.
    const widen = Math.max(1, from / to)
    const half = Math.ceil(ZERO_CROSSINGS * widen)
    this.#taps = 2 * half
    const cutoff = (PASS_BAND * Math.min(1, to / from)) / 2
    this.#phases = Array.from({ length: this.#up }, (_, phase) => kernel(this.#taps, half, phase / this.#up, cutoff))
    this.#kept = new Float32Array(this.#taps - 1)
    this.#at = 0
  }

  /** How late a sound comes out, in input samples. */
  get delay(): number {
    return this.#taps / 2
  }

  /** The output that these samples complete. */
  push(samples: Float32Array): Float32Array {
    if (this.#up === this.#down) return samples
    const all = new Float32Array(this.#kept.length + samples.length)
    all.set(this.#kept)
    all.set(samples, this.#kept.length)
    const last = (all.length - this.#taps) * this.#up
    const count = last < this.#at ? 0 : Math.floor((last - this.#at) / this.#down) + 1
    const out = new Float32Array(count)
    let at = this.#at
    for (let each = 0; each < count; each += 1, at += this.#down) {
      const from = Math.floor(at / this.#up)
      const phase = this.#phases[at - from * this.#up] ?? EMPTY
      let sum = 0
      for (let tap = 0; tap < phase.length; tap += 1) sum += (all[from + tap] ?? 0) * (phase[tap] ?? 0)
      out[each] = sum
    }
    const used = Math.min(Math.floor(at / this.#up), all.length)
    this.#kept = all.slice(used)
    this.#at = at - used * this.#up
    return out
  }
}

/** The filter for an output that stands `shift` of a sample after an input; its sum is 1, so that loudness stays. */
function kernel(taps: number, half: number, shift: number, cutoff: number): Float32Array {
  const weights = Array.from({ length: taps }, (_, tap) => {
    const x = tap - half + 1 - shift
    return 2 * cutoff * sinc(2 * cutoff * x) * kaiser(x / half)
  })
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return Float32Array.from(weights, (weight) => weight / sum)
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
}

/** The Kaiser window at -1..1. */
function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel(BETA * Math.sqrt(1 - x * x)) / bessel(BETA)
}

/** The modified Bessel function of order zero, by its series. */
function bessel(x: number): number {
  let term = 1
  let sum = 1
  for (let k = 1; k < 40; k += 1) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}

/** More make the edge of the band steeper and the sound later: 16 are 0.7 ms at 24 kHz. */
const ZERO_CROSSINGS = 16
/** How much of the narrower band passes. */
const PASS_BAND = 0.9
/** What must not pass is damped by about 80 dB. */
const BETA = 8
const EMPTY = new Float32Array(0)
