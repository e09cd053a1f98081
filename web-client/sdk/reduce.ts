// The session's one transition function: (state, event) -> state. Pure: no clock, no network, no page.
import {
  addCard, addTyped, closeAll, closeCaller, cutAssistant, cutResponse, dropEmptyCaller, dropItem, extendAssistant, extendCaller, failCaller,
  finishAssistantText, guessCaller, openAssistant, openCaller, playAssistant, settleResponse, takeTyped,
} from './entries.ts'
import type { HeardEvent, WireItem } from './events.ts'
import type { Failure } from './failure.ts'
import { type Activity, type Life, type NetworkSample, REWARDS_MAX, type SessionState, TASKS_MAX, TURNS_MAX, initialState } from './state.ts'

/** Everything that can happen to a session. */
export type SessionEvent =
  | { readonly type: 'start'; readonly microphone: boolean }
  | { readonly type: 'microphone-granted' }
  | { readonly type: 'connected' }
  | { readonly type: 'line-lost'; readonly giveUpAtMs: number }
  | { readonly type: 'retry-waiting'; readonly retryAtMs: number }
  | { readonly type: 'retry-started' }
  | { readonly type: 'ended'; readonly by: 'caller' | 'server' }
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'muted'; readonly muted: boolean }
  | { readonly type: 'microphone'; readonly open: boolean }
  | { readonly type: 'sound-blocked'; readonly blocked: boolean }
  | { readonly type: 'typed'; readonly id: string; readonly text: string }
  | { readonly type: 'link-measured'; readonly sample: NetworkSample }
  | { readonly type: 'notice-dismissed' }
  | { readonly type: 'account-left' }
  | { readonly type: 'server'; readonly event: HeardEvent }

/** The next state. Events that make no sense in a state leave it as it is. */
export function reduce(state: SessionState, event: SessionEvent): SessionState {
  switch (event.type) {
    case 'start':
      return begin(state, event.microphone)
    case 'microphone-granted':
      return state.life.phase === 'requesting-microphone' ? { ...state, microphone: true, life: { phase: 'connecting' } } : state
    case 'connected':
      return state.life.phase === 'connecting' || state.life.phase === 'reconnecting' ? { ...state, life: LISTENING, drainingS: null } : state
    case 'line-lost':
      return state.life.phase === 'live'
        ? { ...state, life: { phase: 'reconnecting', attempt: 0, retryAtMs: null, giveUpAtMs: event.giveUpAtMs }, clientLink: null, serverLink: null }
        : state
    case 'retry-waiting':
      return state.life.phase === 'reconnecting' ? { ...state, life: { ...state.life, retryAtMs: event.retryAtMs } } : state
    case 'retry-started':
      return state.life.phase === 'reconnecting' ? { ...state, life: { ...state.life, attempt: state.life.attempt + 1, retryAtMs: null } } : state
    case 'ended':
      return isOver(state.life) ? state : close(state, { phase: 'ended', by: event.by })
    case 'failed':
      return isOver(state.life) ? state : close(state, { phase: 'failed', failure: event.failure })
    case 'muted':
      return { ...state, muted: event.muted }
    case 'microphone':
      return { ...state, microphone: event.open }
    case 'sound-blocked':
      return { ...state, soundBlocked: event.blocked }
    case 'typed':
      return { ...state, entries: addTyped(state.entries, event.id, event.text) }
    case 'link-measured':
      return state.life.phase === 'live' ? { ...state, clientLink: event.sample } : state
    case 'notice-dismissed':
      return { ...state, notice: null }
    case 'account-left':
      return state.account === null ? state : { ...state, account: null }
    case 'server':
      return isOver(state.life) ? state : reduceServer(state, event.event)
  }
}

/** The call is not under way: nothing is open, and `start` begins a new one. */
export function isOver(life: Life): boolean {
  return life.phase === 'idle' || life.phase === 'ended' || life.phase === 'failed'
}

function begin(state: SessionState, microphone: boolean): SessionState {
  if (!isOver(state.life)) return state
  return { ...initialState, life: { phase: microphone ? 'requesting-microphone' : 'connecting' } }
}

function close(state: SessionState, life: Life): SessionState {
  const tasks = state.tasks.map((task) => (task.state === 'started' ? { ...task, state: 'cancelled' as const } : task))
  return { ...state, life, entries: closeAll(state.entries), tasks, clientLink: null, serverLink: null, drainingS: null, soundBlocked: false }
}

function reduceServer(state: SessionState, event: HeardEvent): SessionState {
  switch (event.type) {
    case 'input_audio_buffer.speech_started':
    case 'input_audio_buffer.speech_stopped':
    case 'input_audio_buffer.committed':
    case 'input_audio_buffer.cleared':
      return reduceInput(state, event)
    case 'output_audio_buffer.started':
    case 'output_audio_buffer.stopped':
    case 'output_audio_buffer.cleared':
    case 'voxfare.playout':
      return reduceSound(state, event)
    case 'conversation.item.added':
    case 'conversation.item.done':
      return { ...state, entries: takeItem(state, event.item) }
    case 'conversation.item.truncated':
      return { ...state, entries: cutAssistant(state.entries, event.item_id) }
    case 'conversation.item.deleted':
      return { ...state, entries: dropItem(state.entries, event.item_id) }
    case 'conversation.item.input_audio_transcription.delta':
      return { ...state, entries: extendCaller(state.entries, event.item_id, event.delta) }
    case 'voxfare.partial':
      return { ...state, entries: guessCaller(state.entries, event.item_id, event.text) }
    case 'conversation.item.input_audio_transcription.completed':
      return unthink({ ...state, entries: closeCaller(state.entries, event.item_id, event.transcript) }, event.transcript.trim() === '')
    case 'conversation.item.input_audio_transcription.failed':
      return unthink({ ...state, entries: failCaller(state.entries, event.item_id) }, true)
    case 'response.created':
      return activity(state, speaking(state) ? 'speaking' : 'thinking')
    case 'response.output_item.added':
      return event.item.type === 'message' ? { ...state, entries: openAssistant(state.entries, event.item.id, event.response_id) } : state
    case 'response.output_audio_transcript.delta':
      return { ...state, entries: extendAssistant(openAssistant(state.entries, event.item_id, event.response_id), event.item_id, event.delta) }
    case 'response.output_audio_transcript.done':
      return { ...state, entries: finishAssistantText(openAssistant(state.entries, event.item_id, event.response_id), event.item_id, event.transcript) }
    case 'response.done':
      return endResponse(state, event.response)
    case 'voxfare.session':
      return { ...state, resumption: { sessionId: event.session_id, token: event.resume_token, expiresAtS: event.resume_expires_at } }
    case 'voxfare.resumed':
      return takeReturn(state, event)
    case 'voxfare.task':
      return takeTask(state, event)
    case 'voxfare.card':
      return { ...state, entries: addCard(state.entries, event.card) }
    case 'voxfare.latency':
      return takeLatency(state, event)
    case 'voxfare.network':
      return { ...state, serverLink: { lossPercent: event.loss_percent, jitterMs: event.jitter_ms, rttMs: event.rtt_ms } }
    case 'voxfare.ended':
      // A server that restarts may be back at once: that end is seen by the line that breaks, and a new call is offered.
      return event.reason === 'drained' ? state : close(state, { phase: 'ended', by: 'server' })
    case 'voxfare.draining':
      return { ...state, drainingS: event.deadline_s }
    case 'voxfare.wallet.account':
    case 'voxfare.wallet.reward':
    case 'voxfare.wallet.balance':
      return takeWallet(state, event)
    case 'error':
      // A call goes on without an account as it did with one; who gave the account hears the error itself.
      if (isAboutAccount(event.error.event_id)) return { ...state, account: null }
      return { ...state, notice: event.error.message === '' ? 'The server reported an error.' : event.error.message }
    case 'session.created':
      return state
  }
}

type Input = Extract<HeardEvent, { readonly type: `input_audio_buffer.${string}` }>

function reduceInput(state: SessionState, event: Input): SessionState {
  if (state.life.phase !== 'live') return state
  switch (event.type) {
    case 'input_audio_buffer.speech_started':
      return { ...state, life: { ...state.life, callerSpeaking: true }, entries: openCaller(state.entries, event.item_id) }
    case 'input_audio_buffer.speech_stopped':
    case 'input_audio_buffer.committed':
      return { ...state, life: { ...state.life, callerSpeaking: false, activity: speaking(state) ? 'speaking' : 'thinking' } }
    case 'input_audio_buffer.cleared':
      return unthink({ ...state, life: { ...state.life, callerSpeaking: false }, entries: dropEmptyCaller(state.entries) }, true)
  }
}

type Sound = Extract<HeardEvent, { readonly type: `output_audio_buffer.${string}` | 'voxfare.playout' }>

function reduceSound(state: SessionState, event: Sound): SessionState {
  switch (event.type) {
    case 'output_audio_buffer.started':
      return activity(state, 'speaking')
    case 'output_audio_buffer.stopped':
      return activity({ ...state, entries: settleResponse(state.entries, event.response_id) }, 'listening')
    case 'output_audio_buffer.cleared':
      return activity({ ...state, entries: cutResponse(state.entries, event.response_id) }, 'listening')
    case 'voxfare.playout': {
      const before = state.entries.findLast((entry) => entry.kind === 'assistant' && entry.id === event.item_id)
      const next = { ...state, entries: playAssistant(state.entries, event.item_id, event.text, event.heard_chars, event.state) }
      // A pause is a doubtful interruption: the sound holds while the server listens, and goes on when it was nothing.
      if (event.state === 'paused') return activity(next, 'listening')
      const resumed = event.state === 'playing' && before?.kind === 'assistant' && before.state === 'paused'
      return resumed ? activity(next, 'speaking') : next
    }
  }
}

function takeItem(state: SessionState, item: WireItem): SessionState['entries'] {
  if (item.type !== 'message') return state.entries
  const typed = item.content.find((part) => part.type === 'input_text')
  if (item.role === 'user') return typed?.text ? takeTyped(state.entries, item.id, typed.text) : state.entries
  return item.role === 'assistant' ? openAssistant(state.entries, item.id, null) : state.entries
}

function endResponse(state: SessionState, response: { readonly id: string; readonly status: string | null }): SessionState {
  // While its sound still plays, the sound's own end decides; a response without sound ends here.
  if (speaking(state)) return state
  const cut = response.status === 'cancelled' || response.status === 'failed'
  const entries = cut ? cutResponse(state.entries, response.id) : state.entries
  return unthink({ ...state, entries }, true)
}

function takeReturn(state: SessionState, event: Extract<HeardEvent, { readonly type: 'voxfare.resumed' }>): SessionState {
  const { missed, replayed, complete, unheard_ms: unheardMs } = event
  return { ...state, returned: { missed, replayed, complete, unheardMs }, notice: complete ? state.notice : GAP }
}

function takeTask(state: SessionState, event: Extract<HeardEvent, { readonly type: 'voxfare.task' }>): SessionState {
  const at = state.tasks.findLastIndex((task) => task.id === event.task_id)
  const before = state.tasks[at]
  const task = { id: event.task_id, name: event.name, state: event.state, arguments: event.arguments ?? before?.arguments ?? null, ms: event.ms }
  const tasks = before === undefined ? [...state.tasks.slice(-(TASKS_MAX - 1)), task] : state.tasks.with(at, task)
  return { ...state, tasks }
}

function takeLatency(state: SessionState, event: Extract<HeardEvent, { readonly type: 'voxfare.latency' }>): SessionState {
  const { speculative, ...marks } = event.breakdown_ms
  const turn = { itemId: event.item_id, responseId: event.response_id, marks, speculative: speculative || event.speculative }
  const same = state.turns.findLastIndex((other) => other.responseId !== null && other.responseId === turn.responseId)
  const turns = same >= 0 ? state.turns.with(same, turn) : [...state.turns.slice(-(TURNS_MAX - 1)), turn]
  return { ...state, turns }
}

type WalletWord = Extract<HeardEvent, { readonly type: `voxfare.wallet.${string}` }>

function takeWallet(state: SessionState, event: WalletWord): SessionState {
  switch (event.type) {
    case 'voxfare.wallet.account': {
      const { account, kind, address, balance } = event
      const same = state.account?.account === account
      return { ...state, account: { account, kind, address, balance, pending: same ? state.account.pending : null } }
    }
    case 'voxfare.wallet.balance': {
      const { wei, trvl, pending } = event
      return state.account === null ? state : { ...state, account: { ...state.account, balance: { wei, trvl }, pending } }
    }
    case 'voxfare.wallet.reward': {
      const { type: _, ...reward } = event
      const at = state.rewards.findLastIndex((other) => other.booking === reward.booking)
      return { ...state, rewards: at < 0 ? [...state.rewards.slice(-(REWARDS_MAX - 1)), reward] : state.rewards.with(at, reward) }
    }
  }
}

/** Whether an error with this `event_id` answers a `voxfare.account.use` of ours. */
export function isAboutAccount(eventId: string | null | undefined): boolean {
  return eventId?.startsWith(ACCOUNT_EVENT) ?? false
}

/** How the `event_id` of a `voxfare.account.use` begins. */
export const ACCOUNT_EVENT = 'account_use_'

function speaking(state: SessionState): boolean {
  return state.life.phase === 'live' && state.life.activity === 'speaking'
}

function activity(state: SessionState, next: Activity): SessionState {
  if (state.life.phase !== 'live' || state.life.activity === next) return state
  return { ...state, life: { ...state.life, activity: next } }
}

/** Back to listening when there is nothing to answer. */
function unthink(state: SessionState, nothing: boolean): SessionState {
  return nothing && state.life.phase === 'live' && state.life.activity === 'thinking' ? activity(state, 'listening') : state
}

const GAP = 'The line was away for so long that part of what happened meanwhile cannot be shown.'

const LISTENING: Life = { phase: 'live', activity: 'listening', callerSpeaking: false }
