// The session around its reducer, on a line made of nothing; and the hooks that read it.
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { CallError, type Failure } from '../sdk/failure.ts'
import type { ClientEvent, ServerEvent } from '../sdk/protocol/events.gen.ts'
import { SessionProvider } from '../sdk/react/SessionProvider.tsx'
import { useCaptions } from '../sdk/react/useCaptions.ts'
import { useCards } from '../sdk/react/useCards.ts'
import { useLife } from '../sdk/react/useLife.ts'
import { useTasks } from '../sdk/react/useTasks.ts'
import { useTurns } from '../sdk/react/useTurns.ts'
import { useVoxfare } from '../sdk/react/useVoxfare.ts'
import { Seen } from '../sdk/seen.ts'
import { VoxfareSession } from '../sdk/session.ts'
import type { TransportListener } from '../sdk/transport.ts'

interface Line {
  readonly session: VoxfareSession
  readonly sent: ClientEvent[]
  readonly tokens: (string | null)[]
  /** The last event that was seen, at each attempt. */
  readonly afters: (string | null)[]
  readonly closes: boolean[]
  listener: TransportListener
  /** What the next attempts come to; a line when none is left. */
  failures: Failure[]
  open: boolean
}

function make(session = {}): Line {
  const line = { sent: [], tokens: [], afters: [], closes: [], failures: [], open: true } as unknown as Line
  const made = new VoxfareSession({
    session,
    transport: (listener) => {
      line.listener = listener
      return {
        obstacle: () => null,
        connect: async ({ resumeToken, afterEventId }) => {
          line.tokens.push(resumeToken)
          line.afters.push(afterEventId)
          const failure = line.failures.shift()
          if (failure !== undefined) throw new CallError(failure)
        },
        send: (event) => {
          if (line.open) line.sent.push(event)
          return line.open
        },
        replaceTrack: async () => undefined,
        unblockSound: async () => undefined,
        close: (hangUp) => void line.closes.push(hangUp),
      }
    },
  })
  return Object.assign(line, { session: made })
}

function say(line: Line, ...events: readonly object[]): void {
  for (const event of events) line.listener.onEvent(event as ServerEvent)
}

const RESUMABLE = { type: 'voxfare.session', session_id: 's', resume_token: 'rt', resume_expires_at: 1, resumed: false }

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !holds(); turn += 1) await new Promise((done) => setTimeout(done, 5))
  expect(holds(), holds.toString()).toBe(true)
}

test('a line opens with the session that is wanted, and what was typed before follows in order', async () => {
  const line = make({ audio: { output: { speed: 1.2 } } })
  void line.session.type('to Rome')
  void line.session.type('  for two  ')
  await until(() => line.session.state.life.phase === 'live')
  expect(line.sent.map(({ type }) => type)).toEqual(['session.update', 'conversation.item.create', 'response.create', 'conversation.item.create', 'response.create'])
  expect(JSON.stringify(line.sent[3])).toContain('"for two"')
})

test('a line that holds too much keeps what was typed for later', async () => {
  const line = make()
  await line.session.start({ microphone: false })
  line.open = false
  await line.session.type('to Rome')
  expect(line.session.send({ type: 'response.create' })).toBe(false)
  line.open = true
  await line.session.type('to Oslo')
  expect(line.sent.filter(({ type }) => type === 'conversation.item.create')).toHaveLength(2)
})

test('events go to whoever listens as they came, also those the state knows nothing of', async () => {
  const line = make()
  const heard: unknown[] = []
  const off = line.session.onEvent((event) => heard.push(event))
  await line.session.start({ microphone: false })
  say(line, { type: 'rate_limits.updated', event_id: 'e', rate_limits: [] }, { type: 'session.sung' })
  off()
  say(line, RESUMABLE)
  expect(heard).toEqual([{ type: 'rate_limits.updated', event_id: 'e', rate_limits: [] }, { type: 'session.sung' }])
})

test.each<[string, object, boolean[]]>([
  ['the server says goodbye', { type: 'voxfare.ended', reason: 'goodbye' }, [false]],
  ['it is drained, and may be back at once', { type: 'voxfare.ended', reason: 'drained' }, []],
])('when %s', async (_, event, closes) => {
  const line = make()
  await line.session.start({ microphone: false })
  say(line, event)
  expect(line.closes).toEqual(closes)
  expect(line.session.state.life.phase).toBe(closes.length === 0 ? 'live' : 'ended')
})

test('a lost line without a token is lost for good', async () => {
  const line = make()
  await line.session.start({ microphone: false })
  line.listener.onLost()
  expect(line.session.state.life).toEqual({ phase: 'failed', failure: { reason: 'connection-lost' } })
})

test('a lost line comes back through failures, and a refusal for good ends it', async () => {
  const line = make()
  await line.session.start({ microphone: false })
  say(line, RESUMABLE)
  line.failures = [{ reason: 'server-unreachable' }]
  line.listener.onLost()
  await until(() => line.session.state.life.phase === 'live')
  expect(line.tokens).toEqual([null, 'rt', 'rt'])
  line.failures = [{ reason: 'session-over' }]
  line.listener.onLost()
  await until(() => line.session.state.life.phase === 'failed')
  expect(line.session.state.life).toEqual({ phase: 'failed', failure: { reason: 'session-over' } })
})

test('who comes back says what it has seen last, and what is told again counts once', async () => {
  const line = make()
  const heard: string[] = []
  line.session.onEvent((event) => heard.push('event_id' in event ? String(event.event_id) : ''))
  await line.session.start({ microphone: false })
  const card = { type: 'voxfare.card', event_id: 'e2', card: { kind: 'hotels', offers: [] } }
  const delta = { type: 'response.output_audio_transcript.delta', event_id: 'e3', response_id: 'r', item_id: 'i', delta: 'Two hotels.' }
  say(line, { ...RESUMABLE, event_id: 'e1' }, card, delta)
  line.listener.onLost()
  await until(() => line.session.state.life.phase === 'live')
  expect(line.afters).toEqual([null, 'e3'])
  const { entries } = line.session.state
  say(line, card, delta)
  expect(line.session.state.entries).toBe(entries)
  say(line, { ...delta, event_id: 'e4', delta: ' Which one?' }, { type: 'voxfare.resumed', event_id: 'e5', missed: 1, replayed: 1, complete: true, unheard_ms: 700 })
  expect(heard).toEqual(['e1', 'e2', 'e3', 'e4', 'e5'])
  expect(line.session.state.entries.map((entry) => (entry.kind === 'assistant' ? entry.text : entry.kind))).toEqual(['card', 'Two hotels. Which one?'])
  expect([line.session.state.returned, line.session.state.notice]).toEqual([{ missed: 1, replayed: 1, complete: true, unheardMs: 700 }, null])
  // A new call knows nothing of the old one.
  line.session.hangUp()
  await line.session.start({ microphone: false })
  say(line, { ...RESUMABLE, event_id: 'e1' })
  line.listener.onLost()
  await until(() => line.session.state.life.phase === 'live')
  expect(line.afters).toEqual([null, 'e3', null, 'e1'])
})

test('events are remembered in bounds', () => {
  const seen = new Seen()
  for (let n = 0; n < 5000; n += 1) expect(seen.take(`e${n}`)).toBe(true)
  expect([seen.take('e4999'), seen.take('e4000'), seen.take('e0'), seen.take(''), seen.take(undefined), seen.last]).toEqual([false, false, true, true, true, 'e0'])
})

test('a hang-up while it comes back stops that', async () => {
  const line = make()
  await line.session.start({ microphone: false })
  say(line, RESUMABLE)
  line.listener.onLost()
  line.session.hangUp()
  await new Promise((done) => setTimeout(done, 450))
  expect([line.tokens, line.closes, line.session.state.life]).toEqual([[null], [true], { phase: 'ended', by: 'caller' }])
})

test('where there is no microphone to be had, a spoken call says so', async () => {
  const line = make()
  await line.session.start()
  expect(line.session.state.life).toEqual({ phase: 'failed', failure: { reason: 'insecure-context' } })
})

test('the hooks read what the session knows', async () => {
  const line = make()
  await line.session.start({ microphone: false })
  say(
    line,
    { type: 'conversation.item.input_audio_transcription.completed', item_id: 'i', transcript: 'To Rome.' },
    { type: 'voxfare.task', task_id: 't', name: 'search_hotels', state: 'started' },
    { type: 'voxfare.card', card: { kind: 'hotels', offers: [] } },
    { type: 'voxfare.latency', item_id: 'i', response_id: 'r', breakdown_ms: { first_packet: 250 } },
  )
  const Probe = () => {
    const said = useCaptions().map((entry) => (entry.kind === 'caller' ? entry.stable : entry.text))
    return [useLife().phase, said, useCards().map(({ card }) => card.kind), useTasks().map(({ name }) => name), useTurns().map(({ marks }) => marks.first_packet), useVoxfare() === line.session].join(' ')
  }
  // oxlint-disable-next-line react/no-children-prop
  expect(renderToStaticMarkup(createElement(SessionProvider, { session: line.session, children: createElement(Probe) }))).toBe('live To Rome. hotels search_hotels 250 true')
  expect(() => renderToStaticMarkup(createElement(Probe))).toThrow('SessionProvider')
})
