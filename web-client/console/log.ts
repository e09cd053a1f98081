// The log of a session: every event both ways, what of it is shown, and its file form, one JSON object a line. Pure.
import { CLIENT_EVENT_TYPES, type ClientEvent, type ServerEvent } from '../sdk/protocol/events.gen.ts'
import type { TurnLatency } from '../sdk/state.ts'
import { hear } from '../sdk/events.ts'

/** Which way an event went. */
export type Direction = 'sent' | 'received'

/** One event with its time in ms since the log began. */
export interface LogEntry {
  readonly id: number
  readonly at: number
  readonly direction: Direction
  readonly event: ClientEvent | ServerEvent
}

/** What is shown of a log. */
export interface Filter {
  readonly direction: Direction | 'both'
  /** Types that are hidden. */
  readonly hidden: ReadonlySet<string>
  /** Every word must occur in the event's JSON. */
  readonly text: string
  /** Hide what carries sound: dozens of events a second. */
  readonly sound: boolean
}

/** The log with new entries at its end; the oldest leave when there are too many, or they weigh too much. */
export function append(log: readonly LogEntry[], entries: readonly LogEntry[]): readonly LogEntry[] {
  const all = [...log, ...entries].slice(-ENTRIES_MAX)
  let weight = 0
  for (let at = all.length - 1; at >= 0; at -= 1) {
    const entry = all[at]
    weight += entry === undefined ? 0 : weightOf(entry)
    if (weight > CHARS_MAX) return all.slice(at + 1)
  }
  return all
}

/** The entries that a filter lets through. */
export function filtered(log: readonly LogEntry[], { direction, hidden, text, sound }: Filter): readonly LogEntry[] {
  const words = text.toLowerCase().split(/\s+/u).filter(Boolean)
  return log.filter((entry) => {
    if (direction !== 'both' && entry.direction !== direction) return false
    if (hidden.has(entry.event.type) || (!sound && SOUND_TYPES.has(entry.event.type))) return false
    return words.every((word) => searchable(entry).includes(word))
  })
}

/** How often each type occurs, by name. */
export function countTypes(log: readonly LogEntry[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>()
  for (const { event } of log) counts.set(event.type, (counts.get(event.type) ?? 0) + 1)
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** Each measured turn of a log, the last word on each response. */
export function turnsOf(log: readonly LogEntry[]): readonly TurnLatency[] {
  const turns = new Map<string, TurnLatency>()
  for (const { id, event } of log) {
    const heard = event.type === 'voxfare.latency' ? hear(event) : null
    if (heard?.type !== 'voxfare.latency') continue
    const { speculative, ...marks } = heard.breakdown_ms
    turns.set(heard.response_id ?? `entry ${id}`, { itemId: heard.item_id, responseId: heard.response_id, marks, speculative: speculative || heard.speculative })
  }
  return [...turns.values()]
}

/** One line that says what is in an event. */
export function summaryOf({ event }: LogEntry): string {
  const fields = event as unknown as Readonly<Record<string, unknown>>
  for (const name of ['transcript', 'delta', 'text', 'name', 'reason', 'audio', 'item_id', 'response_id', 'session_id']) {
    const value = fields[name]
    if (typeof value === 'string' && value !== '') return SOUND_TYPES.has(event.type) ? `${Math.round((value.length * 3) / 4 / 48)} ms of sound` : value
  }
  const { error, response, item, session, card } = fields as Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>
  const words = [error?.['message'], response?.['status'], item?.['type'], item?.['role'], session?.['type'], card?.['kind']].filter((word) => typeof word === 'string')
  return words.join(' ')
}

/** The log as a file: one JSON object a line. */
export function toJsonl(log: readonly LogEntry[]): string {
  return log.map(({ at, direction, event }) => `${JSON.stringify({ at: Math.round(at * 10) / 10, direction, event })}\n`).join('')
}

/** Reads a file; a line may also be an event alone. Answers how many lines were neither. */
export function fromJsonl(text: string): { readonly log: readonly LogEntry[]; readonly unread: number } {
  const log: LogEntry[] = []
  let unread = 0
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    const entry = readLine(line, log.length, log.at(-1)?.at ?? 0)
    if (entry === null) unread += 1
    else log.push(entry)
  }
  return { log: append([], log), unread }
}

/** JSON to be read by people: long base64 is told by its length. */
export function pretty(event: unknown, whole: boolean): string {
  return JSON.stringify(event, (_, value: unknown) => (whole || typeof value !== 'string' || value.length <= SHOWN_CHARS_MAX ? value : `${value.slice(0, 60)}… (${value.length} characters)`), 2)
}

/** Types whose events carry sound. */
export const SOUND_TYPES: ReadonlySet<string> = new Set(['input_audio_buffer.append', 'response.output_audio.delta'])

function readLine(line: string, id: number, before: number): LogEntry | null {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return null
  }
  if (!isRecord(value)) return null
  if (typeof value['type'] === 'string') {
    const sent = (CLIENT_EVENT_TYPES as readonly string[]).includes(value['type'])
    return { id, at: before, direction: sent ? 'sent' : 'received', event: value as unknown as ServerEvent }
  }
  const { at, direction, event } = value
  if (!isRecord(event) || typeof event['type'] !== 'string') return null
  const time = typeof at === 'number' && Number.isFinite(at) ? Math.max(0, at) : before
  return { id, at: time, direction: direction === 'sent' ? 'sent' : 'received', event: event as unknown as ServerEvent }
}

const searched = new WeakMap<LogEntry, string>()

function searchable(entry: LogEntry): string {
  const known = searched.get(entry)
  if (known !== undefined) return known
  const text = SOUND_TYPES.has(entry.event.type) ? entry.event.type : JSON.stringify(entry.event).toLowerCase()
  searched.set(entry, text)
  return text
}

function weightOf({ event }: LogEntry): number {
  const { delta, audio } = event as { readonly delta?: unknown; readonly audio?: unknown }
  return WEIGHT_MIN + (typeof delta === 'string' ? delta.length : 0) + (typeof audio === 'string' ? audio.length : 0)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const ENTRIES_MAX = 20_000
/** Ten minutes of sound each way. */
const CHARS_MAX = 80_000_000
const WEIGHT_MIN = 500
const SHOWN_CHARS_MAX = 2_000
