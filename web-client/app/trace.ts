// The last seconds of two levels as bars of equal time. It draws nothing.
import type { Levels } from '../sdk/levels.ts'

/** How long one bar is, in ms: a syllable has three or four. */
export const BAR_MS = 50

/** A bar for each stretch of BAR_MS, oldest first; the last one still grows. */
export class Trace {
  readonly #bars: number
  readonly #microphone: number[]
  readonly #voice: number[]
  #from: number | null = null

  constructor(bars: number) {
    this.#bars = bars
    this.#microphone = Array.from({ length: bars }, () => 0)
    this.#voice = Array.from({ length: bars }, () => 0)
  }

  /** Takes the levels of `now` (ms, any origin). A late frame fills what it missed; a long gap, as of a page that slept, is silence. */
  take(now: number, levels: Levels): void {
    this.#from ??= now
    const gone = Math.floor((now - this.#from) / BAR_MS)
    const passed = Math.min(gone, this.#bars)
    const missed = gone <= LATE_BARS_MAX ? levels : SILENCE
    for (let bar = 0; bar < passed; bar++) {
      this.#microphone.shift()
      this.#voice.shift()
      this.#microphone.push(missed.microphone)
      this.#voice.push(missed.voice)
    }
    if (passed === this.#bars) this.#from = now
    else this.#from += passed * BAR_MS
    raise(this.#microphone, levels.microphone)
    raise(this.#voice, levels.voice)
  }

  /** The caller's bars, each 0 to 1. */
  get microphone(): readonly number[] {
    return this.#microphone
  }

  /** Voxfare's bars, each 0 to 1. */
  get voice(): readonly number[] {
    return this.#voice
  }

  /** Nothing was heard in all its time. */
  get silent(): boolean {
    return this.#microphone.every((level) => level === 0) && this.#voice.every((level) => level === 0)
  }

  /** How much of the last bar's time is over at `now`, 0 to 1. */
  phase(now: number): number {
    return this.#from === null ? 0 : Math.min(1, (now - this.#from) / BAR_MS)
  }
}

function raise(bars: number[], level: number): void {
  const last = bars.length - 1
  bars[last] = Math.max(bars[last] ?? 0, level)
}

const SILENCE: Levels = { microphone: 0, voice: 0 }
const LATE_BARS_MAX = 8
