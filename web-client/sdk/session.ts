// A call as a page uses it: starts, mutes, types, hangs up, comes back after a lost line. What it all means is decided in reduce.ts.
import { RECONNECT_TOTAL_MS_MAX, retryDelayMs } from './backoff.ts'
import { hear } from './events.ts'
import { CallError, type Failure, failureOf } from './failure.ts'
import { LevelMeter, type Levels } from './levels.ts'
import { obstacle, openMicrophone } from './microphone.ts'
import type { ClientEvent, ServerEvent, SessionUpdate } from './protocol/events.gen.ts'
import { ACCOUNT_EVENT, type SessionEvent, isOver, reduce } from './reduce.ts'
import { Seen } from './seen.ts'
import { type SessionState, initialState } from './state.ts'
import type { Transport, TransportListener } from './transport.ts'
import { type WebRtcOptions, WebRtcTransport } from './webrtc.ts'

/** How a session is made. Every field may be absent. */
export interface SessionOptions extends WebRtcOptions {
  /** Sent as `session.update` whenever a line opens (voice, speed, instructions, turn detection). */
  readonly session?: SessionUpdate
  /** Makes the line; the WebRTC transport when absent. */
  readonly transport?: (listener: TransportListener) => Transport
}

/** One caller's session with the server. Start it from a touch or a key press, or the browser stays silent. */
export class VoxfareSession {
  readonly #options: SessionOptions
  readonly #transport: Transport
  readonly #stateListeners = new Set<(state: SessionState) => void>()
  readonly #levelListeners = new Set<(levels: Levels) => void>()
  readonly #eventListeners = new Set<(event: ServerEvent) => void>()
  readonly #sentListeners = new Set<(event: ClientEvent) => void>()
  #state: SessionState = initialState
  #call: Call | null = null
  readonly #seen = new Seen()
  /** Typed before the line was open; sent in order once it is. */
  #waiting: ClientEvent[] = []
  /** The account that bookings earn for; told on every line that opens. */
  #account: string | null = null
  #accountsTold = 0

  constructor(options: SessionOptions = {}) {
    this.#options = options
    const listener: TransportListener = {
      onEvent: (event) => this.#hear(event),
      onSent: (event) => this.#sentListeners.forEach((tell) => tell(event)),
      onVoice: (voice) => this.#call?.meter?.setVoice(voice),
      onSoundBlocked: (blocked) => this.#dispatch({ type: 'sound-blocked', blocked }),
      onLink: (sample) => this.#dispatch({ type: 'link-measured', sample }),
      onLost: () => void this.#comeBack(),
      onEnded: () => this.#end(),
    }
    this.#transport = options.transport?.(listener) ?? new WebRtcTransport(options, listener)
  }

  /** What is known now. The object never changes; a new one takes its place. */
  get state(): SessionState {
    return this.#state
  }

  /** Calls `listener` with every new state; answers the function that ends it. */
  subscribe(listener: (state: SessionState) => void): () => void {
    this.#stateListeners.add(listener)
    return () => this.#stateListeners.delete(listener)
  }

  /** Calls `listener` with the loudness of both sides once a drawn frame; answers the function that ends it. */
  onLevel(listener: (levels: Levels) => void): () => void {
    this.#levelListeners.add(listener)
    return () => this.#levelListeners.delete(listener)
  }

  /** Calls `listener` with every event of the server as it comes, once each, before the state changes; answers the function that ends it. */
  onEvent(listener: (event: ServerEvent) => void): () => void {
    this.#eventListeners.add(listener)
    return () => this.#eventListeners.delete(listener)
  }

  /** Calls `listener` with every event that was sent, sound included; answers the function that ends it. */
  onSent(listener: (event: ClientEvent) => void): () => void {
    this.#sentListeners.add(listener)
    return () => this.#sentListeners.delete(listener)
  }

  /** Sends any event of the protocol; false when the line is not open, or holds too much already. */
  send(event: ClientEvent): boolean {
    const sent = this.#transport.send(event)
    if (sent) this.#sentListeners.forEach((tell) => tell(event))
    return sent
  }

  /** Begins a call. Without a microphone it is a typed call; Voxfare still speaks. Resolves when live or failed; never throws. */
  async start({ microphone = true }: { readonly microphone?: boolean } = {}): Promise<void> {
    if (!isOver(this.#state.life)) return
    this.#dispatch({ type: 'start', microphone })
    const blocked = (microphone ? obstacle() : null) ?? this.#transport.obstacle()
    if (blocked !== null) return this.#fail(blocked)
    this.#seen.clear()
    const call = this.#open()
    try {
      if (microphone) await this.#takeMicrophone(call)
      if (this.#call !== call) return
      await this.#connect(call, null)
    } catch (thrown) {
      if (this.#call === call) this.#fail(failureOf(thrown))
    }
  }

  /** Silences or opens the microphone; the line stays. */
  mute(muted: boolean): void {
    if (this.#call?.microphone) for (const track of this.#call.microphone.getAudioTracks()) track.enabled = !muted
    this.#dispatch({ type: 'muted', muted })
  }

  /** Adds the microphone to a typed call, or brings back one that was unplugged. Answers what stood in the way, or null. */
  async openMicrophone(): Promise<Failure | null> {
    const call = this.#call
    if (call === null || call.microphone !== null) return null
    const blocked = obstacle()
    if (blocked !== null) return blocked
    try {
      await this.#takeMicrophone(call)
      if (this.#call === call) await this.#transport.replaceTrack(call.track)
      return null
    } catch (thrown) {
      return thrown instanceof CallError ? thrown.failure : { reason: 'microphone-missing' }
    }
  }

  /** Says something in writing; begins a typed call when there is none. */
  async type(text: string): Promise<void> {
    const said = text.trim().slice(0, TYPED_CHARS_MAX)
    if (said === '' || this.#waiting.length >= WAITING_MAX) return
    const idle = isOver(this.#state.life)
    const started = idle ? this.start({ microphone: false }) : null
    const id = itemId()
    this.#dispatch({ type: 'typed', id, text: said })
    this.#waiting.push(
      { type: 'conversation.item.create', item: { id, type: 'message', role: 'user', content: [{ type: 'input_text', text: said }] } },
      { type: 'response.create' },
    )
    this.#flush()
    await started
  }

  /** Cuts Voxfare off in mid-sentence, as speaking over it does. */
  interrupt(): void {
    this.send({ type: 'response.cancel' })
    this.send({ type: 'output_audio_buffer.clear' })
  }

  /** Lets sound through that the browser held back; call it from a touch or a key press. */
  async unblockSound(): Promise<void> {
    await this.#transport.unblockSound().catch(() => undefined)
  }

  /** From now on, and in later calls, what is booked earns for the account of this token; null: for nobody. */
  useAccount(token: string | null): void {
    this.#account = token
    if (token === null) this.#dispatch({ type: 'account-left' })
    if (this.#state.life.phase === 'live') this.#tellAccount()
  }

  /** Takes the server's last error off the screen. */
  dismissNotice(): void {
    this.#dispatch({ type: 'notice-dismissed' })
  }

  /** Ends the call; the server is told. */
  hangUp(): void {
    if (this.#call === null) return
    this.#dispatch({ type: 'ended', by: 'caller' })
    this.#release(true)
  }

  #open(): Call {
    const context = typeof AudioContext === 'undefined' ? null : new AudioContext()
    void context?.resume()
    const meter = context === null ? null : new LevelMeter(context, (levels) => this.#levelListeners.forEach((listener) => listener(levels)))
    const call: Call = { context, meter, track: null, microphone: null, abort: new AbortController() }
    this.#call = call
    return call
  }

  async #takeMicrophone(call: Call): Promise<void> {
    const stream = await openMicrophone()
    const [track] = stream.getAudioTracks()
    if (track === undefined) throw new CallError({ reason: 'microphone-missing' })
    // Hung up while the browser was asking.
    if (this.#call !== call) return stop(stream)
    track.enabled = !this.#state.muted
    track.addEventListener('ended', () => void this.#loseMicrophone(call), { once: true })
    call.microphone = stream
    call.track = track
    call.meter?.setMicrophone(stream)
    this.#dispatch({ type: 'microphone', open: true })
    this.#dispatch({ type: 'microphone-granted' })
  }

  async #loseMicrophone(call: Call): Promise<void> {
    if (this.#call !== call) return
    call.meter?.setMicrophone(null)
    call.microphone = null
    call.track = null
    this.#dispatch({ type: 'microphone', open: false })
    await this.#transport.replaceTrack(null).catch(() => undefined)
  }

  async #connect(call: Call, resumeToken: string | null): Promise<void> {
    const afterEventId = resumeToken === null ? null : this.#seen.last
    await this.#transport.connect({ track: call.track, context: call.context, resumeToken, afterEventId, signal: call.abort.signal })
    if (this.#call !== call) return this.#transport.close(true)
    if (this.#options.session !== undefined) this.send({ type: 'session.update', session: this.#options.session })
    this.#tellAccount()
    this.#dispatch({ type: 'connected' })
    this.#flush()
  }

  /** Tries to get back to the running session until it succeeds, is refused, or time is up. */
  async #comeBack(): Promise<void> {
    const call = this.#call
    if (call === null) return
    const giveUpAtMs = performance.now() + RECONNECT_TOTAL_MS_MAX
    this.#dispatch({ type: 'line-lost', giveUpAtMs })
    const token = this.#state.resumption?.token
    if (token === undefined) return this.#fail({ reason: 'connection-lost' })
    let busyMs = 0
    for (let attempt = 0; this.#call === call; attempt += 1) {
      const delay = Math.max(retryDelayMs(attempt, Math.random()), busyMs)
      if (performance.now() + delay > giveUpAtMs) return this.#fail({ reason: 'connection-lost' })
      this.#dispatch({ type: 'retry-waiting', retryAtMs: performance.now() + delay })
      await waited(delay, call.abort.signal)
      if (this.#call !== call) return
      this.#dispatch({ type: 'retry-started' })
      try {
        return await this.#connect(call, token)
      } catch (thrown) {
        const failure = failureOf(thrown)
        if (this.#call !== call) return
        if (failure.reason === 'session-over') return this.#fail(failure)
        if (failure.reason === 'not-allowed' || failure.reason === 'refused') return this.#fail({ reason: 'connection-lost' })
        busyMs = failure.reason === 'server-busy' ? failure.retryAfterS * 1000 : 0
      }
    }
  }

  #fail(failure: Failure): void {
    this.#dispatch({ type: 'failed', failure })
    this.#release(false)
  }

  #release(hangUp: boolean): void {
    const call = this.#call
    this.#call = null
    this.#waiting = []
    // The meter lets go of the voice before its line does.
    call?.meter?.stop()
    this.#transport.close(hangUp)
    if (call === null) return
    call.abort.abort()
    if (call.microphone !== null) stop(call.microphone)
    void call.context?.close()
  }

  #tellAccount(): void {
    // A call that was told of an account and comes back must hear that there is none.
    if (this.#account === null && this.#accountsTold === 0) return
    this.#accountsTold += 1
    this.send({ type: 'voxfare.account.use', event_id: `${ACCOUNT_EVENT}${this.#accountsTold}`, token: this.#account })
  }

  #flush(): void {
    if (this.#state.life.phase !== 'live') return
    while (this.#waiting[0] !== undefined && this.send(this.#waiting[0])) this.#waiting.shift()
  }

  #hear(event: ServerEvent): void {
    // What a replay tells a second time has had its effect.
    if (!this.#seen.take('event_id' in event ? event.event_id : null)) return
    this.#eventListeners.forEach((tell) => tell(event))
    const heard = hear(event)
    if (heard === null) return
    this.#dispatch({ type: 'server', event: heard })
    // The goodbye was said: nothing is to be won back.
    if (heard.type === 'voxfare.ended' && isOver(this.#state.life)) this.#release(false)
  }

  #end(): void {
    this.#dispatch({ type: 'ended', by: 'server' })
    this.#release(false)
  }

  #dispatch(event: SessionEvent): void {
    const next = reduce(this.#state, event)
    if (next === this.#state) return
    this.#state = next
    for (const listener of this.#stateListeners) listener(next)
  }
}

interface Call {
  readonly context: AudioContext | null
  readonly meter: LevelMeter | null
  /** The microphone; null in a typed call. */
  track: MediaStreamTrack | null
  microphone: MediaStream | null
  readonly abort: AbortController
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop()
}

/** A fresh name for an item; `randomUUID` is missing on insecure pages, where typed calls still work. */
function itemId(): string {
  return `item_${Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

/** Waits `ms`, but no longer than until the network comes back or the call is over. */
async function waited(ms: number, signal: AbortSignal): Promise<void> {
  // Node has no such event.
  const network = typeof addEventListener === 'function' ? globalThis : null
  const done = new AbortController()
  const until = { signal: done.signal, once: true }
  await new Promise<void>((resolve) => {
    const wake = () => resolve()
    const timer = setTimeout(wake, ms)
    done.signal.addEventListener('abort', () => clearTimeout(timer))
    network?.addEventListener('online', wake, until)
    signal.addEventListener('abort', wake, until)
  })
  done.abort()
}

const TYPED_CHARS_MAX = 1_000
const WAITING_MAX = 20
