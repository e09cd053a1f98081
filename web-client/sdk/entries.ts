// The conversation as a list: adds, extends and closes entries. Pure: every function answers a new list.
import type { PlayoutState } from './events.ts'
import { type AssistantEntry, type CallerEntry, ENTRIES_MAX, ENTRY_CHARS_MAX, type Entry } from './state.ts'
import type { Card } from './travel.ts'

type Entries = readonly Entry[]

/** Opens an utterance of the caller, unless it is there already. */
export function openCaller(entries: Entries, id: string): Entries {
  return changeCaller(entries, id, (entry) => entry)
}

/** Appends words that will not be taken back. */
export function extendCaller(entries: Entries, id: string, delta: string): Entries {
  return changeCaller(entries, id, (entry) => {
    const guess = entry.stable + entry.unstable
    const stable = clip(entry.stable + delta)
    return { ...entry, stable, unstable: guess.startsWith(stable) ? guess.slice(stable.length) : '' }
  })
}

/** Takes the whole current guess; what goes beyond the stable words is unstable. */
export function guessCaller(entries: Entries, id: string, text: string): Entries {
  return changeCaller(entries, id, (entry) => (entry.state === 'open' ? { ...entry, unstable: beyond(entry.stable, clip(text)) } : entry))
}

/** Closes an utterance with its whole text; one without words leaves the list. */
export function closeCaller(entries: Entries, id: string, text: string): Entries {
  if (text.trim() === '') return entries.filter((entry) => !(entry.kind === 'caller' && entry.id === id))
  return changeCaller(entries, id, (entry) => ({ ...entry, stable: clip(text.trim()), unstable: '', state: 'final' }))
}

/** Closes an utterance that was not understood; what was caught of it stays. */
export function failCaller(entries: Entries, id: string): Entries {
  return changeCaller(entries, id, (entry) => ({ ...entry, unstable: '', state: 'failed' }))
}

/** Drops an utterance that never got a word, as after a cough. */
export function dropEmptyCaller(entries: Entries): Entries {
  const kept = entries.filter((entry) => !(entry.kind === 'caller' && entry.state === 'open' && entry.stable + entry.unstable === ''))
  return kept.length === entries.length ? entries : kept
}

/** Adds a message the caller typed here. */
export function addTyped(entries: Entries, id: string, text: string): Entries {
  return push(entries, { kind: 'caller', id, stable: clip(text), unstable: '', state: 'final', typed: 'sent' })
}

/** Takes the server's copy of a typed message: ours by its id, or by its text when the server named it anew. */
export function takeTyped(entries: Entries, id: string, text: string): Entries {
  const at = entries.findLastIndex(
    (entry) => entry.kind === 'caller' && (entry.id === id || (entry.typed === 'sent' && entry.stable === clip(text))),
  )
  const found = entries[at]
  if (found?.kind === 'caller') return replace(entries, at, { ...found, id, typed: 'taken' })
  return push(entries, { kind: 'caller', id, stable: clip(text), unstable: '', state: 'final', typed: 'taken' })
}

/** Makes sure there is an entry for what Voxfare will say. */
export function openAssistant(entries: Entries, id: string, responseId: string | null): Entries {
  return changeAssistant(entries, id, (entry) => ({ ...entry, responseId: responseId ?? entry.responseId }))
}

/** Appends text that is being written. After an interruption nothing more is appended. */
export function extendAssistant(entries: Entries, id: string, delta: string): Entries {
  return changeAssistant(entries, id, (entry) =>
    entry.state === 'writing' || entry.heardChars === null ? { ...entry, text: clip(entry.text + delta) } : entry,
  )
}

/** Takes the finished text, unless the playout already told it. */
export function finishAssistantText(entries: Entries, id: string, text: string): Entries {
  return changeAssistant(entries, id, (entry) => (entry.heardChars === null && entry.state !== 'interrupted' ? { ...entry, text: clip(text) } : entry))
}

/** Takes how far a saying was heard. An interruption is final: later news of the same saying is late and ignored. */
export function playAssistant(entries: Entries, id: string, text: string, heardChars: number, state: PlayoutState): Entries {
  return changeAssistant(entries, id, (entry) => {
    if (entry.state === 'interrupted') return entry
    const whole = clip(text)
    const heard = Math.max(0, Math.min(Math.floor(heardChars), scalars(whole)))
    return { ...entry, text: whole, heardChars: state === 'done' ? scalars(whole) : heard, state }
  })
}

/** Marks a saying that was cut off; what is known to have been heard stays. */
export function cutAssistant(entries: Entries, id: string): Entries {
  if (!entries.some((entry) => entry.kind === 'assistant' && entry.id === id)) return entries
  return changeAssistant(entries, id, (entry) => (entry.state === 'done' ? entry : { ...entry, state: 'interrupted' }))
}

/** An item is of the conversation no more: nobody heard it, or the client took it away. */
export function dropItem(entries: Entries, id: string): Entries {
  const kept = entries.filter((entry) => entry.kind === 'card' || entry.id !== id)
  return kept.length === entries.length ? entries : kept
}

/** The sound of a response ended whole: its sayings that no playout told of count as heard. */
export function settleResponse(entries: Entries, responseId: string | null): Entries {
  return mapOpen(entries, responseId, (entry) => ({ ...entry, state: 'done' }))
}

/** The sound of a response was cut: its sayings that no playout told of count as interrupted. */
export function cutResponse(entries: Entries, responseId: string | null): Entries {
  return mapOpen(entries, responseId, (entry) => ({ ...entry, state: 'interrupted' }))
}

/** Adds a card. A quote that was booked or read back anew leaves, and so does an older state of the same booking. */
export function addCard(entries: Entries, card: Card): Entries {
  const shown = entries.reduce((most, entry) => (entry.kind === 'card' ? Math.max(most, Number(entry.id.slice(CARD_PREFIX.length)) + 1) : most), 0)
  const kept = entries.filter((entry) => entry.kind !== 'card' || !outdates(card, entry.card))
  return push(kept, { kind: 'card', id: `${CARD_PREFIX}${shown}`, card })
}

/** Closes what was open when the call ended, so that nothing seems to go on. */
export function closeAll(entries: Entries): Entries {
  return dropEmptyCaller(entries).map((entry) => {
    if (entry.kind === 'caller' && entry.state === 'open') return { ...entry, stable: entry.stable + entry.unstable, unstable: '', state: 'final' as const }
    if (entry.kind === 'assistant' && (entry.state === 'playing' || entry.state === 'paused')) return { ...entry, state: 'interrupted' as const }
    if (entry.kind === 'assistant' && entry.state === 'writing') return { ...entry, state: 'interrupted' as const, heardChars: entry.heardChars ?? 0 }
    return entry
  })
}

/** Splits a text after `count` Unicode scalar values. */
export function splitScalars(text: string, count: number): readonly [string, string] {
  const all = Array.from(text)
  return [all.slice(0, count).join(''), all.slice(count).join('')]
}

function changeCaller(entries: Entries, id: string, change: (entry: CallerEntry) => CallerEntry): Entries {
  const at = entries.findLastIndex((entry) => entry.kind === 'caller' && entry.id === id)
  const found = entries[at]
  if (found?.kind === 'caller') return replace(entries, at, change(found))
  return push(entries, change({ kind: 'caller', id, stable: '', unstable: '', state: 'open', typed: null }))
}

function changeAssistant(entries: Entries, id: string, change: (entry: AssistantEntry) => AssistantEntry): Entries {
  const at = entries.findLastIndex((entry) => entry.kind === 'assistant' && entry.id === id)
  const found = entries[at]
  if (found?.kind === 'assistant') return replace(entries, at, change(found))
  return push(entries, change({ kind: 'assistant', id, responseId: null, text: '', heardChars: null, state: 'writing' }))
}

function mapOpen(entries: Entries, responseId: string | null, change: (entry: AssistantEntry) => AssistantEntry): Entries {
  return entries.map((entry) => {
    const meant = entry.kind === 'assistant' && (responseId === null || entry.responseId === responseId)
    return meant && entry.heardChars === null && entry.state === 'writing' ? change(entry) : entry
  })
}

function outdates(next: Card, before: Card): boolean {
  if (before.kind === 'quote') return next.kind === 'quote' || next.kind === 'booking'
  return before.kind === 'booking' && next.kind === 'booking' && before.booking.reference === next.booking.reference
}

/** What `guess` says beyond `stable`: by characters where it begins alike, else by words. */
function beyond(stable: string, guess: string): string {
  if (guess.toLowerCase().startsWith(stable.toLowerCase())) return guess.slice(stable.length)
  const said = stable.split(/\s+/u).filter(Boolean).length
  const rest = guess.split(/\s+/u).filter(Boolean).slice(said).join(' ')
  return rest === '' ? '' : ` ${rest}`
}

function replace(entries: Entries, at: number, entry: Entry): Entries {
  return entries[at] === entry ? entries : entries.with(at, entry)
}

function push(entries: Entries, entry: Entry): Entries {
  return [...entries.slice(-(ENTRIES_MAX - 1)), entry]
}

function clip(text: string): string {
  return text.length <= ENTRY_CHARS_MAX ? text : text.slice(0, ENTRY_CHARS_MAX)
}

function scalars(text: string): number {
  return Array.from(text).length
}

const CARD_PREFIX = 'card_'
