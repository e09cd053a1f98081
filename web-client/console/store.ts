// The console's state: the session, its log, what is shown of it. Parts read from it; what they do is below.
import { create } from 'zustand'
import type { ClientEvent, ServerEvent } from '../sdk/protocol/events.gen.ts'
import { VoxfareSession } from '../sdk/session.ts'
import { WebSocketTransport } from '../sdk/websocket.ts'
import { type Direction, type Filter, type LogEntry, append, fromJsonl } from './log.ts'

/** How a session is opened. */
export interface Connection {
  readonly over: 'websocket' | 'webrtc'
  /** Empty for the page's own server. */
  readonly server: string
  /** Empty where the server is open. */
  readonly key: string
  readonly greeting: boolean
  readonly microphone: boolean
}

interface Replay {
  /** What is shown so far, in ms of the log. */
  readonly until: number
  readonly speed: number
}

interface ConsoleState {
  readonly session: VoxfareSession
  readonly connection: Connection
  readonly log: readonly LogEntry[]
  readonly filter: Filter
  readonly selected: number | null
  /** Null while the whole log is shown. */
  readonly replay: Replay | null
  /** The draft of an event to be sent. */
  readonly draft: string
  readonly notice: string | null
}

/** The console's store. */
export const store = create<ConsoleState>(() => ({
  session: new VoxfareSession(),
  connection: { over: 'websocket', server: '', key: '', greeting: true, microphone: true },
  log: [],
  filter: { direction: 'both', hidden: new Set(), text: '', sound: false },
  selected: null,
  replay: null,
  draft: '{\n  "type": "response.create"\n}',
  notice: null,
}))

/** Opens a new session; its events join a fresh log. */
export function connect(): void {
  const { connection, session: before } = store.getState()
  before.hangUp()
  stopReplay()
  const session = sessionFor(connection)
  began = performance.now()
  pending = []
  store.setState({ session, log: [], selected: null, notice: null })
  session.onEvent((event) => record(session, 'received', event))
  session.onSent((event) => record(session, 'sent', event))
  void session.start({ microphone: connection.microphone })
}

/** Ends the session; the log stays. */
export function hangUp(): void {
  store.getState().session.hangUp()
}

/** Changes how the next session is opened. */
export function setConnection(change: Partial<Connection>): void {
  store.setState(({ connection }) => ({ connection: { ...connection, ...change } }))
}

/** Changes what is shown. */
export function setFilter(change: Partial<Filter>): void {
  store.setState(({ filter }) => ({ filter: { ...filter, ...change } }))
}

/** Shows one event whole. */
export function select(id: number | null): void {
  store.setState({ selected: id })
}

/** Puts an event into the composer. */
export function setDraft(draft: string): void {
  store.setState({ draft })
}

/** Sends an event; what could not be sent is told. */
export function send(event: ClientEvent): void {
  const sent = store.getState().session.send(event)
  store.setState({ notice: sent ? null : 'There is no open line to send it on.' })
}

/** Takes a saved log. */
export function importLog(text: string): void {
  stopReplay()
  const { log, unread } = fromJsonl(text)
  pending = []
  store.setState({ log, selected: null, notice: unread === 0 ? null : `${unread} ${unread === 1 ? 'line was' : 'lines were'} no event.` })
}

/** Forgets the log. */
export function clearLog(): void {
  stopReplay()
  pending = []
  began = performance.now()
  store.setState({ log: [], selected: null, notice: null })
}

/** Shows the log again as it came, `speed` times as fast. */
export function replay(speed: number): void {
  stopReplay()
  const { log } = store.getState()
  const from = log[0]?.at ?? 0
  const to = log.at(-1)?.at ?? 0
  const started = performance.now()
  store.setState({ replay: { until: from, speed }, selected: null })
  ticker = setInterval(() => {
    const until = from + (performance.now() - started) * speed
    if (until > to) stopReplay()
    else store.setState({ replay: { until, speed } })
  }, TICK_MS)
}

/** Shows the whole log. */
export function stopReplay(): void {
  clearInterval(ticker)
  for (const timer of resending) clearTimeout(timer)
  resending = []
  store.setState({ replay: null })
}

/** Sends what the client of the log had sent, at its times, on the open line. */
export function resend(): void {
  const sent = store.getState().log.filter(({ direction }) => direction === 'sent')
  const from = sent[0]?.at ?? 0
  resending = sent.map(({ at, event }) => setTimeout(() => send(event as ClientEvent), at - from))
  store.setState({ notice: `Sending ${sent.length} events again.` })
}

function sessionFor({ over, server, key, greeting }: Connection): VoxfareSession {
  const token = key === '' ? {} : { token: async () => key }
  const base = server === '' ? location.origin : server.replace(/\/+$/u, '')
  if (over === 'webrtc') return new VoxfareSession({ ...token, url: `${base}/v1/realtime/calls?greeting=${greeting}` })
  return new VoxfareSession({ transport: (listener) => new WebSocketTransport({ ...token, url: `${base}/v1/realtime`, greeting }, listener) })
}

/** Events come in bursts; the list is drawn a few times a second. */
function record(session: VoxfareSession, direction: Direction, event: ClientEvent | ServerEvent): void {
  if (store.getState().session !== session) return
  pending.push({ id: nextId, at: performance.now() - began, direction, event })
  nextId += 1
  flush ??= setTimeout(() => {
    flush = undefined
    const entries = pending
    pending = []
    if (entries.length > 0) store.setState(({ log }) => ({ log: append(log, entries) }))
  }, FLUSH_MS)
}

let began = performance.now()
let nextId = 1_000_000
let pending: LogEntry[] = []
let flush: ReturnType<typeof setTimeout> | undefined
let ticker: ReturnType<typeof setInterval> | undefined
let resending: ReturnType<typeof setTimeout>[] = []

const FLUSH_MS = 60
const TICK_MS = 50
