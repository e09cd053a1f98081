// Ears and mouth where there is no sound card, as in Node: what is played passes by the clock, what is said is given in.
import { WIRE_RATE_HZ } from '../pcm.ts'
import type { Sound, SoundListener } from './sound.ts'

/** Plays by the clock: sound counts as heard when its time has come, and is handed on then. */
export class ClockedSound implements Sound {
  readonly rateHz = WIRE_RATE_HZ
  readonly output = null
  readonly #onVoice: (pcm: Int16Array) => void
  #listener: SoundListener | null = null
  #queue: Int16Array[] = []
  #played = 0
  #timer: ReturnType<typeof setTimeout> | null = null
  #since = 0

  /** `onVoice` gets what Voxfare says, piece by piece, as it is heard. */
  constructor(onVoice: (pcm: Int16Array) => void = () => undefined) {
    this.#onVoice = onVoice
  }

  /** The caller says this: 24 kHz samples, as quickly as you like. */
  say(pcm: Int16Array): void {
    this.#listener?.onHeard(pcm)
  }

  async open(listener: SoundListener): Promise<void> {
    this.close()
    this.#listener = listener
  }

  setTrack(): void {}

  play(pcm: Int16Array): number {
    this.#queue.push(pcm)
    if (this.#timer === null) {
      this.#since = performance.now()
      this.#wait()
    }
    return pcm.length
  }

  async cut(): Promise<number> {
    this.#pass()
    this.#stop()
    return this.#played
  }

  async unblock(): Promise<void> {}

  close(): void {
    this.#stop()
    this.#listener = null
    this.#played = 0
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      this.#pass()
      if (this.#queue.length > 0) this.#wait()
      else this.#timer = null
    }, TICK_MS)
  }

  /** Plays what the clock has come to. */
  #pass(): void {
    const now = performance.now()
    let due = Math.floor(((now - this.#since) * this.rateHz) / 1000)
    this.#since += (due * 1000) / this.rateHz
    for (let piece = this.#queue[0]; piece !== undefined && due > 0; piece = this.#queue[0]) {
      const part = piece.subarray(0, due)
      due -= part.length
      this.#played += part.length
      this.#onVoice(part)
      if (part.length === piece.length) this.#queue.shift()
      else this.#queue[0] = piece.subarray(part.length)
    }
    this.#listener?.onPlayed(this.#played)
  }

  #stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#queue = []
  }
}

const TICK_MS = 20
