// The session reducer against recorded scripts of the wire, and its invariants.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { splitScalars } from '../sdk/entries.ts'
import { readServerEvent } from '../sdk/events.ts'
import { type SessionEvent, reduce } from '../sdk/reduce.ts'
import { type AssistantEntry, ENTRIES_MAX, type SessionState, initialState } from '../sdk/state.ts'

const LIVE: readonly SessionEvent[] = [{ type: 'start', microphone: true }, { type: 'microphone-granted' }, { type: 'connected' }]

function run(events: readonly SessionEvent[], from: SessionState = initialState): SessionState {
  return events.reduce(reduce, from)
}

function live(): SessionState {
  return run(LIVE)
}

function script(name: string): readonly SessionEvent[] {
  const rows = JSON.parse(readFileSync(new URL(`scripts/${name}.json`, import.meta.url), 'utf8')) as readonly (readonly [number, unknown])[]
  return rows.flatMap(([, event]) => server(event))
}

function server(message: unknown): readonly SessionEvent[] {
  const event = readServerEvent(JSON.stringify(message))
  return event === null ? [] : [{ type: 'server', event }]
}

function wire(...events: readonly object[]): readonly SessionEvent[] {
  return events.flatMap(server)
}

function phases(events: readonly SessionEvent[]): readonly string[] {
  let state = initialState
  const seen: string[] = []
  for (const event of events) {
    state = reduce(state, event)
    const word = state.life.phase === 'live' ? state.life.activity : state.life.phase
    if (seen.at(-1) !== word) seen.push(word)
  }
  return seen
}

describe('life', () => {
  test('runs from idle to live', () => {
    expect(phases(LIVE)).toEqual(['requesting-microphone', 'connecting', 'listening'])
  })

  test('skips the microphone in a typed call', () => {
    expect(phases([{ type: 'start', microphone: false }, { type: 'connected' }])).toEqual(['connecting', 'listening'])
  })

  test('goes through reconnecting and back', () => {
    const lost: readonly SessionEvent[] = [{ type: 'line-lost', giveUpAtMs: 60_000 }, { type: 'retry-waiting', retryAtMs: 300 }, { type: 'retry-started' }]
    expect(run(lost, live()).life).toEqual({ phase: 'reconnecting', attempt: 1, retryAtMs: null, giveUpAtMs: 60_000 })
    expect(run([...lost, { type: 'connected' }], live()).life.phase).toBe('live')
  })

  test('what nobody heard leaves the page, and a gap is told', () => {
    const said = wire(
      { type: 'response.output_item.added', response_id: 'r', item: { id: 'v', type: 'message', role: 'assistant', content: [] } },
      { type: 'response.output_audio_transcript.delta', response_id: 'r', item_id: 'v', delta: 'It is over.' },
      { type: 'voxfare.playout', item_id: 'v', text: 'It is over.', heard_chars: 11, state: 'done' },
    )
    const whole = run(said, live())
    expect(whole.entries).toMatchObject([{ id: 'v', state: 'done' }])
    expect(run(wire({ type: 'conversation.item.deleted', item_id: 'v' }), whole).entries).toEqual([])
    expect(run(wire({ type: 'conversation.item.deleted', item_id: 'w' }), whole).entries).toBe(whole.entries)
    const cut = run(wire({ type: 'voxfare.playout', item_id: 'v', text: 'It is over.', heard_chars: 5, state: 'interrupted' }), whole)
    expect(cut.entries).toMatchObject([{ id: 'v', state: 'interrupted', heardChars: 5 }])
    const gap = run(wire({ type: 'voxfare.resumed', missed: 900, replayed: 512, complete: false, unheard_ms: 0 }), whole)
    expect(gap.notice).toContain('cannot be shown')
  })

  test('a hang-up is final: late events change nothing', () => {
    const over = reduce(live(), { type: 'ended', by: 'caller' })
    expect(run(script('flight-search'), over)).toBe(over)
    expect(reduce(over, { type: 'failed', failure: { reason: 'connection-lost' } })).toBe(over)
  })

  test('a new call starts clean', () => {
    const before = run([...script('booking'), { type: 'ended', by: 'caller' }], live())
    const next = reduce(before, { type: 'start', microphone: true })
    expect([next.entries, next.tasks, next.turns, next.resumption]).toEqual([[], [], [], null])
  })

  test('thinks after speech and speaks with sound', () => {
    expect(phases([...LIVE, ...script('booking')])).toEqual([
      'requesting-microphone', 'connecting', 'listening', 'thinking', 'speaking', 'listening', 'thinking', 'speaking', 'listening',
    ])
  })

  test('stops thinking when nothing was said', () => {
    const cough = wire(
      { type: 'input_audio_buffer.speech_started', item_id: 'i' },
      { type: 'input_audio_buffer.speech_stopped', item_id: 'i' },
      { type: 'conversation.item.input_audio_transcription.completed', item_id: 'i', transcript: ' ' },
    )
    const state = run(cough, live())
    expect(state.life).toEqual({ phase: 'live', activity: 'listening', callerSpeaking: false })
    expect(state.entries).toEqual([])
  })
})

describe('captions', () => {
  test('words beyond the stable prefix are unstable until the whole text stands', () => {
    const events = script('flight-search')
    const cut = events.findIndex((event) => event.type === 'server' && event.event.type === 'input_audio_buffer.speech_stopped')
    expect(run(events.slice(0, cut), live()).entries[0]).toMatchObject({ stable: 'New York to London next Friday, back on', unstable: ' sun day', state: 'open' })
    expect(run(events, live()).entries[0]).toMatchObject({ stable: 'New York to London next Friday, back on Sunday.', unstable: '', state: 'final' })
  })

  test('an interruption keeps the heard part, and late news of it changes nothing', () => {
    const state = run(script('interruption'), live())
    const saying = state.entries.find((entry): entry is AssistantEntry => entry.kind === 'assistant')
    expect(saying?.state).toBe('interrupted')
    expect(splitScalars(saying?.text ?? '', saying?.heardChars ?? 0)[0]).toBe('I found three flights. The best is British Airways, nonst')
    expect(state.entries.at(-1)).toMatchObject({ kind: 'caller', stable: 'Wait, make it nonstop.' })
  })

  test('a server without playout events still ends and cuts sayings', () => {
    const begun = wire(
      { type: 'response.created', response: { id: 'r' } },
      { type: 'response.output_audio_transcript.delta', response_id: 'r', item_id: 'a', delta: 'Good ' },
      { type: 'output_audio_buffer.started', response_id: 'r' },
      { type: 'response.output_audio_transcript.delta', response_id: 'r', item_id: 'a', delta: 'day' },
    )
    const state = run(begun, live())
    expect(run(wire({ type: 'output_audio_buffer.stopped', response_id: 'r' }), state).entries[0]).toMatchObject({ text: 'Good day', state: 'done' })
    expect(run(wire({ type: 'output_audio_buffer.cleared', response_id: 'r' }), state).entries[0]).toMatchObject({ state: 'interrupted' })
  })

  test('heard characters count Unicode scalars and are clamped', () => {
    const said = (heard_chars: number) => run(wire({ type: 'voxfare.playout', item_id: 'a', text: '✈️ Zürich', heard_chars, state: 'playing' }), live()).entries[0]
    expect(said(99)).toMatchObject({ heardChars: 9 })
    expect(said(-4)).toMatchObject({ heardChars: 0 })
    expect(splitScalars('𝄞 go', 1)).toEqual(['𝄞', ' go'])
  })

  test('a typed message stands once, whichever name the server gives it', () => {
    const typed = reduce(live(), { type: 'typed', id: 'mine', text: 'to Rome' })
    const copy = (id: string) => wire({ type: 'conversation.item.added', item: { id, type: 'message', role: 'user', content: [{ type: 'input_text', text: 'to Rome' }] } })
    expect(run(copy('mine'), typed).entries).toHaveLength(1)
    const renamed = run(copy('theirs'), typed)
    expect(renamed.entries).toMatchObject([{ id: 'theirs', typed: 'taken' }])
    expect(reduce(renamed, { type: 'typed', id: 'again', text: 'to Rome' }).entries).toHaveLength(2)
  })

  test('nothing seems to go on after the call', () => {
    const state = run([...script('flight-search'), { type: 'ended', by: 'server' }], live())
    expect(state.entries.filter((entry) => entry.kind === 'assistant' && entry.state !== 'done' && entry.state !== 'interrupted')).toEqual([])
    expect(state.tasks.filter((task) => task.state === 'started')).toEqual([])
  })

  test('keeps at most its bound of entries', () => {
    const many = Array.from({ length: ENTRIES_MAX + 50 }, (_, at): SessionEvent => ({ type: 'typed', id: `t${at}`, text: 'x' }))
    expect(run(many, live()).entries).toHaveLength(ENTRIES_MAX)
  })
})

describe('our additions', () => {
  test('cards, tasks, times and the link arrive', () => {
    const state = run(script('flight-search'), live())
    expect(state.entries.filter((entry) => entry.kind === 'card')).toMatchObject([{ card: { kind: 'flights', offers: [{ id: 'of_1' }, { id: 'of_2' }, { id: 'of_3' }] } }])
    expect(state.tasks).toMatchObject([{ name: 'search_flights', state: 'done', ms: 412, arguments: { legs: [] } }])
    expect(state.turns).toMatchObject([{ responseId: 'resp_1', speculative: true, marks: { first_packet: 331 } }])
    expect(state.serverLink).toEqual({ lossPercent: 0.2, jitterMs: 4, rttMs: 31 })
    expect(state.resumption?.token).toBe('rt_1')
  })

  test('a booked quote no longer asks to be confirmed', () => {
    const kinds = run(script('booking'), live()).entries.flatMap((entry) => (entry.kind === 'card' ? [entry.card.kind] : []))
    expect(kinds).toEqual(['booking'])
  })
})
