// Ears and mouth of a browser: a worklet on each side of one AudioContext, and the rate changed between it and the wire.
import { WIRE_RATE_HZ, toFloats, toPcm } from '../pcm.ts'
import { Resampler } from './resampler.ts'
import type { Sound, SoundListener } from './sound.ts'

/** Where the worklets are, if a bundler does not find them by itself. */
export interface BrowserSoundOptions {
  readonly captureUrl?: string | URL
  readonly playbackUrl?: string | URL
}

/** Plays and hears on one AudioContext, which stays its owner's. */
export class BrowserSound implements Sound {
  readonly rateHz: number
  readonly #context: AudioContext
  readonly #options: BrowserSoundOptions
  #open: Open | null = null
  #cuts = 0

  constructor(context: AudioContext, options: BrowserSoundOptions = {}) {
    this.#context = context
    this.#options = options
    this.rateHz = context.sampleRate
  }

  get output(): AudioNode | null {
    return this.#open?.playback ?? null
  }

  async open(listener: SoundListener): Promise<void> {
    this.close()
    const worklets = this.#context.audioWorklet
    // Written out, so that bundlers see which files are meant.
    const capture = this.#options.captureUrl ?? new URL('./capture.worklet.js', import.meta.url)
    const playback = this.#options.playbackUrl ?? new URL('./playback.worklet.js', import.meta.url)
    await Promise.all([worklets.addModule(capture.toString()), worklets.addModule(playback.toString())])
    const node = new AudioWorkletNode(this.#context, 'voxfare-playback', { numberOfInputs: 0, numberOfOutputs: 1, outputChannelCount: [1] })
    const open: Open = { playback: node, listener, upward: new Resampler(WIRE_RATE_HZ, this.rateHz), played: 0, cuts: new Map(), ear: null, onState: () => this.#tellState() }
    this.#open = open
    node.port.onmessage = ({ data }: MessageEvent<Told>) => {
      open.played = data.played
      listener.onPlayed(data.played)
      if (data.type === 'cut') open.cuts.get(data.id)?.(data.played)
    }
    node.connect(this.#context.destination)
    this.#context.addEventListener('statechange', open.onState)
    this.#tellState()
  }

  setTrack(track: MediaStreamTrack | null): void {
    const open = this.#open
    if (open === null) return
    deafen(open)
    if (track === null) return
    const source = this.#context.createMediaStreamSource(new MediaStream([track]))
    const node = new AudioWorkletNode(this.#context, 'voxfare-capture', { numberOfInputs: 1, numberOfOutputs: 0 })
    const downward = new Resampler(this.rateHz, WIRE_RATE_HZ)
    node.port.onmessage = ({ data }: MessageEvent<Float32Array>) => open.listener.onHeard(toPcm(downward.push(data)))
    source.connect(node)
    open.ear = { source, node }
  }

  play(pcm: Int16Array): number {
    const open = this.#open
    if (open === null) return 0
    const samples = Float32Array.from(open.upward.push(toFloats(pcm)))
    // Handing it over leaves nothing here, not even its length.
    const count = samples.length
    open.playback.port.postMessage({ type: 'push', samples }, [samples.buffer])
    return count
  }

  async cut(): Promise<number> {
    const open = this.#open
    if (open === null) return 0
    this.#cuts += 1
    const id = this.#cuts
    const answered = new Promise<number>((resolve) => {
      open.cuts.set(id, resolve)
      // A context that sleeps answers nothing, and plays nothing either.
      setTimeout(() => resolve(open.played), CUT_MS_MAX)
    })
    open.playback.port.postMessage({ type: 'cut', id })
    open.upward = new Resampler(WIRE_RATE_HZ, this.rateHz)
    const played = await answered
    open.cuts.delete(id)
    return played
  }

  async unblock(): Promise<void> {
    await this.#context.resume()
  }

  close(): void {
    const open = this.#open
    this.#open = null
    if (open === null) return
    deafen(open)
    this.#context.removeEventListener('statechange', open.onState)
    open.playback.port.postMessage({ type: 'close' })
    open.playback.port.onmessage = null
    open.playback.disconnect()
  }

  #tellState(): void {
    const { state } = this.#context
    if (state !== 'closed') this.#open?.listener.onBlocked(state === 'suspended')
  }
}

type Told = { readonly type: 'played'; readonly played: number } | { readonly type: 'cut'; readonly played: number; readonly id: number }

interface Open {
  readonly playback: AudioWorkletNode
  readonly listener: SoundListener
  upward: Resampler
  played: number
  readonly cuts: Map<number, (played: number) => void>
  ear: { readonly source: MediaStreamAudioSourceNode; readonly node: AudioWorkletNode } | null
  readonly onState: () => void
}

function deafen(open: Open): void {
  open.ear?.node.port.postMessage('close')
  open.ear?.source.disconnect()
  open.ear?.node.disconnect()
  open.ear = null
}

const CUT_MS_MAX = 100
