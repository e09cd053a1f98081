// The line to the server over a WebSocket: sound travels in events. What is heard of a saying is counted here to the sample, for nobody else can know.
import { BrowserSound, type BrowserSoundOptions } from './audio/browser.ts'
import { PlaybackLedger } from './audio/ledger.ts'
import { Packer } from './audio/packer.ts'
import type { Sound } from './audio/sound.ts'
import { readMessage } from './events.ts'
import { CallError, type Failure, failureOfStatus } from './failure.ts'
import { fromBase64, toBase64 } from './pcm.ts'
import type { ClientEvent, ServerEvent, ServerEventOf } from './protocol/events.gen.ts'
import type { ConnectOptions, Transport, TransportListener } from './transport.ts'

/** What we use of a WebSocket: the browser's own, Node's, and the `ws` package's have it. */
export interface Socket {
  readonly readyState: number
  readonly bufferedAmount: number
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  send(text: string): void
  close(code?: number, reason?: string): void
}

/** Makes a WebSocket. */
export type SocketMaker = new (url: string, protocols: string[]) => Socket

/** Where and how to call. */
export interface WebSocketOptions {
  /** Address of the server's realtime endpoint, by ws, wss, http or https; `/v1/realtime` of the page's own origin when absent. */
  readonly url?: string
  /** Gives an API key or, in a browser, rather a short-lived client secret, for each attempt; none is sent when absent. */
  readonly token?: () => Promise<string>
  /** The server speaks first. */
  readonly greeting?: boolean
  /** The model's name. */
  readonly model?: string
  /** Makes the WebSocket; the platform's own when absent. Node before 22 has none: give it the one of the `ws` package. */
  readonly WebSocket?: SocketMaker
  /** Ears and mouth; the browser's when absent. */
  readonly sound?: Sound
  /** Where the browser's worklets are, if a bundler does not find them by itself. */
  readonly worklets?: BrowserSoundOptions
}

/** One socket at a time; a lost one is replaced, for the session lives on at the server. */
export class WebSocketTransport implements Transport {
  readonly #options: WebSocketOptions
  readonly #listener: TransportListener
  #line: Line | null = null
  #hearing: Hearing | null = null
  /** Cuts that could not be told because the line was gone. */
  #owed: ClientEvent[] = []

  constructor(options: WebSocketOptions, listener: TransportListener) {
    this.#options = options
    this.#listener = listener
  }

  obstacle(): Failure | null {
    if (this.#maker() === undefined) return { reason: 'no-websocket' }
    // Worklets are for secure pages alone.
    return this.#options.sound === undefined && !globalThis.isSecureContext ? { reason: 'insecure-context' } : null
  }

  async connect({ track, context, resumeToken, afterEventId, signal }: ConnectOptions): Promise<void> {
    this.#drop(CODE_COMING_BACK)
    const hearing = await this.#hear(context, signal)
    hearing.sound.setTrack(track)
    const url = this.#address(resumeToken, afterEventId)
    const protocols = ['realtime']
    if (this.#options.token !== undefined) protocols.push(`openai-insecure-api-key.${await this.#options.token()}`)
    if (signal.aborted) throw new CallError({ reason: 'server-unreachable' })
    const Maker = this.#maker()
    if (Maker === undefined) throw new CallError({ reason: 'no-websocket' })
    const line: Line = { socket: new Maker(url.href, protocols), open: false, interrupts: true, heardAt: performance.now(), askedAt: null, timer: null }
    this.#line = line
    line.socket.onmessage = ({ data }: { readonly data: unknown }) => {
      if (this.#line !== line) return
      line.heardAt = performance.now()
      line.askedAt = null
      const event = typeof data === 'string' ? readMessage(data) : null
      if (event !== null && !isAnswer(event)) this.#take(line, event)
    }
    const outcome = await opened(line.socket, signal)
    if (outcome !== 'open') {
      if (this.#line === line) this.#drop(CODE_COMING_BACK)
      throw new CallError(outcome === 'silent' ? { reason: 'server-unreachable' } : await this.#reason(url, resumeToken !== null))
    }
    line.open = true
    this.#watch(line)
    for (const event of this.#owed.splice(0)) this.#tell(event)
  }

  send(event: ClientEvent): boolean {
    const line = this.#line
    if (line === null || !line.open || line.socket.readyState !== OPEN || line.socket.bufferedAmount > SEND_BUFFER_BYTES_MAX) return false
    line.socket.send(JSON.stringify(event))
    // What the server will not play any more must not go on here.
    if (event.type === 'output_audio_buffer.clear') void this.#cut()
    return true
  }

  async replaceTrack(track: MediaStreamTrack | null): Promise<void> {
    this.#hearing?.sound.setTrack(track)
  }

  async unblockSound(): Promise<void> {
    await this.#hearing?.sound.unblock()
    this.#listener.onSoundBlocked(false)
  }

  close(hangUp: boolean): void {
    this.#drop(hangUp ? CODE_HANG_UP : CODE_COMING_BACK)
    this.#hearing?.sound.close()
    this.#hearing = null
    this.#owed = []
  }

  #maker(): SocketMaker | undefined {
    return this.#options.WebSocket ?? (globalThis.WebSocket as SocketMaker | undefined)
  }

  /** Ears and mouth stay open over a lost line. */
  async #hear(context: AudioContext | null, signal: AbortSignal): Promise<Hearing> {
    if (this.#hearing !== null) return this.#hearing
    const sound = this.#options.sound ?? (context === null ? null : new BrowserSound(context, this.#options.worklets))
    if (sound === null) throw new CallError({ reason: 'no-sound' })
    const hearing: Hearing = { sound, ledger: new PlaybackLedger(sound.rateHz), packer: new Packer(), cutting: null }
    const listener = {
      onHeard: (pcm: Int16Array) => this.#append(hearing, pcm),
      onPlayed: (total: number) => hearing.ledger.played(total),
      onBlocked: this.#listener.onSoundBlocked,
    }
    await sound.open(listener).catch(() => {
      throw new CallError({ reason: 'no-sound' })
    })
    // Hung up while the worklets came.
    if (signal.aborted) {
      sound.close()
      throw new CallError({ reason: 'no-sound' })
    }
    this.#hearing = hearing
    if (sound.output !== null) this.#listener.onVoice(sound.output)
    return hearing
  }

  #address(resumeToken: string | null, afterEventId: string | null): URL {
    const page = typeof document === 'undefined' ? undefined : document.baseURI
    const url = new URL(this.#options.url ?? DEFAULT_URL, page)
    url.protocol = url.protocol.replace('http', 'ws')
    if (this.#options.model !== undefined) url.searchParams.set('model', this.#options.model)
    if (this.#options.greeting === true) url.searchParams.set('greeting', 'true')
    if (resumeToken !== null) url.searchParams.set('resume', resumeToken)
    if (afterEventId !== null) url.searchParams.set('after', afterEventId)
    return url
  }

  /** Why a socket did not open: browsers do not say, so the same address is asked once more without one. */
  async #reason(url: URL, resuming: boolean): Promise<Failure> {
    const plain = new URL(url)
    plain.protocol = url.protocol.replace('ws', 'http')
    try {
      const token = await this.#options.token?.()
      const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` }
      const response = await fetch(plain, { headers, signal: AbortSignal.timeout(REASON_MS_MAX) })
      // The server is there and lets us in: it only wants a WebSocket, and had refused that one.
      if (response.status === UPGRADE_REQUIRED) return resuming ? { reason: 'session-over' } : { reason: 'server-busy', retryAfterS: RETRY_AFTER_S }
      if (response.ok || response.status === 404 || response.status === 502 || response.status === 504) return { reason: 'server-unreachable' }
      return failureOfStatus(response.status, response.headers.get('Retry-After'), await response.text())
    } catch {
      return { reason: 'server-unreachable' }
    }
  }

  #append(hearing: Hearing, pcm: Int16Array): void {
    const line = this.#line
    if (line === null || !line.open) return
    for (const piece of hearing.packer.push(pcm, line.socket.bufferedAmount)) this.#tell({ type: 'input_audio_buffer.append', audio: toBase64(piece) })
  }

  #tell(event: ClientEvent): void {
    if (this.send(event)) this.#listener.onSent(event)
    else if (event.type === 'conversation.item.truncate') this.#owed.push(event)
  }

  #take(line: Line, event: ServerEvent): void {
    switch (event.type) {
      case 'response.output_audio.delta':
        this.#play(event)
        break
      case 'response.output_audio.done':
        this.#hearing?.ledger.finish(event.item_id)
        break
      case 'input_audio_buffer.speech_started':
        if (line.interrupts) void this.#cut()
        break
      case 'output_audio_buffer.cleared':
        void this.#cut()
        break
      case 'session.created':
      case 'session.updated':
        line.interrupts = event.session?.audio?.input?.turn_detection?.interrupt_response ?? true
        break
      default:
    }
    this.#listener.onEvent(event)
  }

  #play({ item_id: itemId, delta }: ServerEventOf<'response.output_audio.delta'>): void {
    const hearing = this.#hearing
    const pcm = fromBase64(delta)
    if (hearing === null || pcm === null || !hearing.ledger.accepts(itemId) || hearing.ledger.waitingMs > WAITING_MS_MAX) return
    if (hearing.cutting === null) hearing.ledger.add(itemId, hearing.sound.play(pcm))
    // The count must be whole before anything new is queued behind it.
    else void hearing.cutting.then(() => hearing.ledger.accepts(itemId) && hearing.ledger.add(itemId, hearing.sound.play(pcm)))
  }

  /** Stops the voice at once, and tells the server what was heard of it. */
  async #cut(): Promise<void> {
    const hearing = this.#hearing
    if (hearing === null || !hearing.ledger.sounding || hearing.cutting !== null) return
    const stopped = hearing.sound.cut()
    hearing.cutting = stopped
    const total = await stopped
    hearing.cutting = null
    // Hung up meanwhile.
    if (this.#hearing !== hearing) return
    for (const { itemId, audioEndMs } of hearing.ledger.cut(total)) {
      this.#tell({ type: 'conversation.item.truncate', item_id: itemId, content_index: 0, audio_end_ms: audioEndMs })
    }
  }

  #watch(line: Line): void {
    line.socket.onclose = ({ code }: { readonly code: number }) => {
      if (this.#line !== line) return
      this.#lose(code === CODE_HANG_UP)
    }
    // Nobody tells a browser of a line that died in silence. A question that changes nothing does: any answer will do.
    line.timer = setInterval(() => {
      const now = performance.now()
      if (line.askedAt !== null && now - line.askedAt > ANSWER_MS_MAX) this.#lose(false)
      else if (line.askedAt === null && now - line.heardAt > QUIET_MS) {
        line.askedAt = now
        this.send(QUESTION)
      }
    }, WATCH_EVERY_MS)
  }

  #lose(forGood: boolean): void {
    this.#drop(CODE_COMING_BACK)
    // What the server did not see played is not of the conversation.
    if (!forGood) void this.#cut()
    if (forGood) this.#listener.onEnded()
    else this.#listener.onLost()
  }

  #drop(code: number): void {
    const line = this.#line
    this.#line = null
    if (line === null) return
    if (line.timer !== null) clearInterval(line.timer)
    const { socket } = line
    socket.onmessage = null
    socket.onopen = null
    socket.onclose = null
    // A socket that is closed before it opened complains once more.
    socket.onerror = () => undefined
    if (socket.readyState <= OPEN) socket.close(code)
  }
}

interface Line {
  readonly socket: Socket
  open: boolean
  /** Who speaks over an answer stops it. */
  interrupts: boolean
  /** When anything came last. */
  heardAt: number
  /** When it was asked whether it lives; null once anything came. */
  askedAt: number | null
  timer: ReturnType<typeof setInterval> | null
}

interface Hearing {
  readonly sound: Sound
  readonly ledger: PlaybackLedger
  readonly packer: Packer
  cutting: Promise<number> | null
}

function isAnswer(event: ServerEvent): boolean {
  return event.type === 'error' && event.error?.event_id === QUESTION.event_id
}

/** How a socket came out: `silent` when nobody answered in time, or nobody waits any more. */
function opened(socket: Socket, signal: AbortSignal): Promise<'open' | 'refused' | 'silent'> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve('silent'), OPEN_MS_MAX)
    const end = (outcome: 'open' | 'refused' | 'silent') => {
      clearTimeout(timer)
      resolve(outcome)
    }
    socket.onopen = () => end('open')
    socket.onclose = () => end('refused')
    socket.onerror = () => end('refused')
    signal.addEventListener('abort', () => end('silent'), { once: true })
  })
}

const DEFAULT_URL = '/v1/realtime'
const OPEN = 1
const CODE_HANG_UP = 1000
/** Any other code leaves the session for the resume token. */
const CODE_COMING_BACK = 4000
const UPGRADE_REQUIRED = 426
const RETRY_AFTER_S = 5
const OPEN_MS_MAX = 10_000
const REASON_MS_MAX = 5_000
const WATCH_EVERY_MS = 500
const QUIET_MS = 8_000
const ANSWER_MS_MAX = 6_000
/** There is no such item, and so the answer is an error that names this event. */
const QUESTION: ClientEvent = { type: 'conversation.item.retrieve', event_id: 'voxfare_alive', item_id: 'none' }
const SEND_BUFFER_BYTES_MAX = 4_194_304
/** More sound than this need not wait to be played: nobody listens that long. */
const WAITING_MS_MAX = 170_000
