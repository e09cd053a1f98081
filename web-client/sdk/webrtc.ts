// The line to the server over WebRTC: one Opus stream each way and the data channel `oai-events`. It never knows what events mean.
import { readMessage } from './events.ts'
import { CallError, type Failure, failureOfStatus } from './failure.ts'
import { type LinkCounters, readLink } from './link.ts'
import { silentTrack } from './microphone.ts'
import type { ClientEvent } from './protocol/events.gen.ts'
import type { ConnectOptions, Transport, TransportListener } from './transport.ts'

/** Where and how to call. */
export interface WebRtcOptions {
  /** Address of the server's call endpoint; `/v1/realtime/calls` of the page's own origin when absent. */
  readonly url?: string
  /** Gives a short-lived bearer token for each attempt; none is sent when absent. */
  readonly token?: () => Promise<string>
  /** STUN and TURN servers; none when absent, for the server's own address is enough where UDP is open. */
  readonly iceServers?: readonly RTCIceServer[]
  /** Plays Voxfare's voice; made when absent. */
  readonly audio?: HTMLAudioElement
}

/** One peer connection at a time; a lost one is replaced, never repaired, since the session lives on at the server. */
export class WebRtcTransport implements Transport {
  readonly #options: WebRtcOptions
  readonly #listener: TransportListener
  #audio: HTMLAudioElement | null = null
  #context: AudioContext | null = null
  #line: Line | null = null

  constructor(options: WebRtcOptions, listener: TransportListener) {
    this.#options = options
    this.#listener = listener
  }

  obstacle(): Failure | null {
    return typeof RTCPeerConnection === 'undefined' ? { reason: 'no-webrtc' } : null
  }

  async connect({ track, context, resumeToken, afterEventId, signal }: ConnectOptions): Promise<void> {
    this.#drop()
    this.#context = context
    const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers: [...(this.#options.iceServers ?? [])] })
    const line: Line = { peer, channel: peer.createDataChannel(CHANNEL), location: null, open: false, timers: new Set(), counters: null }
    this.#line = line
    this.#listen(line.channel)
    peer.ontrack = ({ receiver, track: voice }) => this.#play(receiver, voice)
    peer.addTransceiver(this.#outgoing(track), { direction: 'sendrecv' })
    try {
      await this.#negotiate(line, resumeToken, afterEventId, signal)
      await opened(line.channel, peer, signal)
    } catch (thrown) {
      // A new session that nobody will speak to need not wait; one to come back to must.
      if (this.#line === line) this.close(resumeToken === null)
      throw thrown
    }
    line.open = true
    this.#watch(line)
  }

  send(event: ClientEvent): boolean {
    const channel = this.#line?.channel
    if (channel?.readyState !== 'open' || channel.bufferedAmount > SEND_BUFFER_BYTES_MAX) return false
    channel.send(JSON.stringify(event))
    return true
  }

  async replaceTrack(track: MediaStreamTrack | null): Promise<void> {
    await this.#line?.peer.getSenders()[0]?.replaceTrack(this.#outgoing(track))
  }

  async unblockSound(): Promise<void> {
    await this.#audio?.play()
    this.#listener.onSoundBlocked(false)
  }

  close(hangUp: boolean): void {
    const location = this.#line?.location ?? null
    this.#drop()
    if (this.#audio !== null) this.#audio.srcObject = null
    // `keepalive` lets it out even while the page goes away; nobody waits for the answer.
    if (hangUp && location !== null) {
      this.#headers().then((headers) => fetch(location, { method: 'DELETE', headers, keepalive: true })).catch(() => undefined)
    }
  }

  /** The microphone, or silence: a line without sound to send is not made. */
  #outgoing(track: MediaStreamTrack | null): MediaStreamTrack {
    if (track !== null) return track
    if (this.#context === null) throw new CallError({ reason: 'no-webrtc' })
    return silentTrack(this.#context)
  }

  async #negotiate(line: Line, resumeToken: string | null, afterEventId: string | null, signal: AbortSignal): Promise<void> {
    const { peer } = line
    await peer.setLocalDescription()
    await gathered(peer, signal)
    const response = await this.#post(peer.localDescription?.sdp ?? '', resumeToken, afterEventId, signal)
    const location = response.headers.get('Location')
    if (location !== null) line.location = new URL(location, response.url || document.baseURI).href
    await peer.setRemoteDescription({ type: 'answer', sdp: await response.text() })
  }

  async #post(sdp: string, resumeToken: string | null, afterEventId: string | null, signal: AbortSignal): Promise<Response> {
    const url = new URL(this.#options.url ?? DEFAULT_URL, document.baseURI)
    if (resumeToken !== null) url.searchParams.set('resume', resumeToken)
    if (afterEventId !== null) url.searchParams.set('after', afterEventId)
    const headers = { ...(await this.#headers()), 'Content-Type': 'application/sdp' }
    let response: Response
    try {
      response = await fetch(url, { method: 'POST', headers, body: sdp, signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS_MAX)]) })
    } catch {
      throw new CallError({ reason: 'server-unreachable' })
    }
    if (response.ok) return response
    // A proxy in front of a stopped server answers for it.
    if (response.status === 502 || response.status === 504) throw new CallError({ reason: 'server-unreachable' })
    throw new CallError(failureOfStatus(response.status, response.headers.get('Retry-After'), await response.text()))
  }

  async #headers(): Promise<Record<string, string>> {
    return this.#options.token === undefined ? {} : { Authorization: `Bearer ${await this.#options.token()}` }
  }

  #play(receiver: RTCRtpReceiver, voice: MediaStreamTrack): void {
    // As little waiting as the network allows; the browser still grows the buffer when packets come late.
    if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = JITTER_BUFFER_MS
    if ('playoutDelayHint' in receiver) receiver.playoutDelayHint = JITTER_BUFFER_MS / 1000
    const stream = new MediaStream([voice])
    this.#audio ??= this.#options.audio ?? new Audio()
    this.#audio.autoplay = true
    this.#audio.srcObject = stream
    this.#audio.play().then(() => this.#listener.onSoundBlocked(false)).catch((thrown: unknown) => {
      if (thrown instanceof DOMException && thrown.name === 'NotAllowedError') this.#listener.onSoundBlocked(true)
    })
    this.#listener.onVoice(stream)
  }

  #watch(line: Line): void {
    const { peer, channel } = line
    const lost = () => {
      if (this.#line !== line || !line.open) return
      this.#drop()
      this.#listener.onLost()
    }
    let grace: ReturnType<typeof setTimeout> | undefined
    peer.onconnectionstatechange = () => {
      clearTimeout(grace)
      if (peer.connectionState === 'failed') lost()
      // A short gap mends itself; a longer one is a lost line.
      if (peer.connectionState === 'disconnected') {
        grace = setTimeout(lost, DISCONNECTED_MS_MAX)
        line.timers.add(grace)
      }
    }
    channel.onclose = lost
    line.timers.add(setInterval(() => void this.#measure(line), MEASURE_EVERY_MS))
  }

  async #measure(line: Line): Promise<void> {
    const report = await line.peer.getStats()
    if (this.#line !== line) return
    const [sample, counters] = readLink(report.values(), line.counters)
    line.counters = counters
    this.#listener.onLink(sample)
  }

  #drop(): void {
    const line = this.#line
    this.#line = null
    if (line === null) return
    for (const timer of line.timers) clearTimeout(timer)
    line.channel.onclose = null
    line.channel.onmessage = null
    line.peer.onconnectionstatechange = null
    line.peer.ontrack = null
    line.channel.close()
    line.peer.close()
  }

  /** Hears events from the moment the channel exists: the server may speak before `connect` has returned. */
  #listen(channel: RTCDataChannel): void {
    channel.onmessage = ({ data }) => {
      const event = typeof data === 'string' ? readMessage(data) : null
      if (event !== null) this.#listener.onEvent(event)
    }
  }
}

interface Line {
  readonly peer: RTCPeerConnection
  readonly channel: RTCDataChannel
  location: string | null
  open: boolean
  readonly timers: Set<ReturnType<typeof setTimeout>>
  counters: LinkCounters | null
}

/** Waits for addresses: all of them, or after a short while those that are there. Local ones come at once. */
async function gathered(peer: RTCPeerConnection, signal: AbortSignal): Promise<void> {
  if (peer.iceGatheringState === 'complete') return
  await new Promise<void>((resolve) => {
    setTimeout(resolve, GATHER_MS_MAX)
    peer.onicecandidate = ({ candidate }) => {
      if (candidate === null) resolve()
    }
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  peer.onicecandidate = null
}

/** Waits until events can flow; throws when no way for sound is found in time. */
async function opened(channel: RTCDataChannel, peer: RTCPeerConnection, signal: AbortSignal): Promise<void> {
  if (channel.readyState === 'open') return
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = () => reject(new CallError({ reason: 'no-media-path' }))
      timer = setTimeout(fail, OPEN_MS_MAX)
      channel.onopen = () => resolve()
      channel.onclose = fail
      peer.onconnectionstatechange = () => {
        if (peer.connectionState === 'failed' || peer.connectionState === 'closed') fail()
      }
      signal.addEventListener('abort', fail, { once: true })
    })
  } finally {
    clearTimeout(timer)
    channel.onopen = null
  }
}

const CHANNEL = 'oai-events'
const DEFAULT_URL = '/v1/realtime/calls'
const GATHER_MS_MAX = 200
const ANSWER_MS_MAX = 10_000
const OPEN_MS_MAX = 10_000
const DISCONNECTED_MS_MAX = 2_500
const MEASURE_EVERY_MS = 2_000
const JITTER_BUFFER_MS = 20
const SEND_BUFFER_BYTES_MAX = 262_144
