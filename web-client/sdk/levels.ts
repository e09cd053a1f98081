// How loud both sides are, for meters. It never changes, stores or sends sound.

/** Loudness from 0 (silence) to 1 (as loud as speech gets), smoothed for the eye. */
export interface Levels {
  readonly microphone: number
  readonly voice: number
}

/** What can be measured. */
export type Audible = MediaStream | AudioNode

/** Measures two streams once a drawn frame and tells its listener. */
export class LevelMeter {
  readonly #context: AudioContext
  readonly #onLevel: (levels: Levels) => void
  #microphone: Probe | null = null
  #voice: Probe | null = null
  #frame: number | null = null

  /** Create it inside a touch or key press, or browsers keep the context asleep. */
  constructor(context: AudioContext, onLevel: (levels: Levels) => void) {
    this.#context = context
    this.#onLevel = onLevel
  }

  /** Measures the caller's side from now on; null stops it. */
  setMicrophone(source: Audible | null): void {
    this.#microphone?.release()
    this.#microphone = source === null ? null : this.#probe(source)
    this.#run()
  }

  /** Measures Voxfare's side from now on; null stops it. */
  setVoice(source: Audible | null): void {
    this.#voice?.release()
    this.#voice = source === null ? null : this.#probe(source)
    this.#run()
  }

  /** Stops measuring and lets go of both sides. */
  stop(): void {
    this.setMicrophone(null)
    this.setVoice(null)
    if (this.#frame !== null) cancelAnimationFrame(this.#frame)
    this.#frame = null
    this.#onLevel({ microphone: 0, voice: 0 })
  }

  #probe(source: Audible): Probe {
    const node = source instanceof AudioNode ? source : this.#context.createMediaStreamSource(source)
    const analyser = this.#context.createAnalyser()
    analyser.fftSize = WINDOW_SAMPLES
    node.connect(analyser)
    // A node has its owner's wires too.
    return { release: () => node.disconnect(analyser), analyser, samples: new Float32Array(WINDOW_SAMPLES), level: 0 }
  }

  #run(): void {
    if (this.#frame !== null || (this.#microphone === null && this.#voice === null)) return
    const tick = () => {
      this.#onLevel({ microphone: measure(this.#microphone), voice: measure(this.#voice) })
      this.#frame = requestAnimationFrame(tick)
    }
    this.#frame = requestAnimationFrame(tick)
  }
}

/** Root mean square of samples as a level: -60 dBFS and below is 0, -12 dBFS and above is 1. */
export function levelOf(samples: Float32Array): number {
  if (samples.length === 0) return 0
  let sum = 0
  for (const sample of samples) sum += sample * sample
  const decibels = 10 * Math.log10(sum / samples.length + Number.MIN_VALUE)
  return Math.min(1, Math.max(0, (decibels - SILENCE_DB) / (LOUD_DB - SILENCE_DB)))
}

interface Probe {
  readonly release: () => void
  readonly analyser: AnalyserNode
  readonly samples: Float32Array<ArrayBuffer>
  level: number
}

function measure(probe: Probe | null): number {
  if (probe === null) return 0
  probe.analyser.getFloatTimeDomainData(probe.samples)
  const now = levelOf(probe.samples)
  probe.level = now > probe.level ? now : Math.max(now, probe.level - FALL_PER_FRAME)
  return probe.level
}

const WINDOW_SAMPLES = 1024
const SILENCE_DB = -60
const LOUD_DB = -12
/** From full to nothing in about half a second at 60 frames a second. */
const FALL_PER_FRAME = 1 / 30
