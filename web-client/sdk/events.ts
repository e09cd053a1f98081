// The events that the state is made from, and the reader for what the server sends. Every event of the wire is in protocol/events.gen.ts.
import {
  type Decoder, NOTHING, any, arrayOf, bool, lenient, nullable, num, object, oneOf, optional, str, tagged,
} from './decode.ts'
import type { Breakdown, ServerEvent, ServerEventType, VoxfarePlayoutEvent, VoxfareTaskEvent, VoxfareWalletAccountEvent } from './protocol/events.gen.ts'
import { type Card, card } from './travel.ts'
import { type Amount, type RewardStage, amount, stage, wei } from './wallet/words.ts'

/** A message or a tool call in the conversation, as far as we look at it. */
export interface WireItem {
  readonly id: string
  /** `message`, `function_call`, `function_call_output`, ... */
  readonly type: string
  readonly role: string | null
  readonly content: readonly { readonly type: string; readonly text: string | null; readonly transcript: string | null }[]
}

/** One turn's time line: each mark in ms after the last speech sample, null when the server did not pass it. */
export type BreakdownMs = Omit<Breakdown, 'speculative'>

/** How far a saying has got. */
export type PlayoutState = VoxfarePlayoutEvent['state']

/** How far a task has got; `pending` is an act whose outcome is being looked up. */
export type TaskState = VoxfareTaskEvent['state']

/** Who holds the key of an account: the server for the traveller, or the traveller's own wallet. */
export type AccountKind = VoxfareWalletAccountEvent['kind']

/** Everything the server says that the state listens to, with the fields it needs; `hear` ignores the rest. */
export type HeardEvent =
  | { readonly type: 'session.created' }
  | { readonly type: 'conversation.item.added'; readonly item: WireItem }
  | { readonly type: 'conversation.item.done'; readonly item: WireItem }
  | { readonly type: 'conversation.item.truncated'; readonly item_id: string }
  | { readonly type: 'conversation.item.deleted'; readonly item_id: string }
  | { readonly type: 'conversation.item.input_audio_transcription.delta'; readonly item_id: string; readonly delta: string }
  | { readonly type: 'conversation.item.input_audio_transcription.completed'; readonly item_id: string; readonly transcript: string }
  | { readonly type: 'conversation.item.input_audio_transcription.failed'; readonly item_id: string }
  | { readonly type: 'input_audio_buffer.speech_started'; readonly item_id: string }
  | { readonly type: 'input_audio_buffer.speech_stopped'; readonly item_id: string }
  | { readonly type: 'input_audio_buffer.committed'; readonly item_id: string }
  | { readonly type: 'input_audio_buffer.cleared' }
  | { readonly type: 'response.created'; readonly response: { readonly id: string } }
  | { readonly type: 'response.output_item.added'; readonly response_id: string; readonly item: WireItem }
  | { readonly type: 'response.output_audio_transcript.delta'; readonly response_id: string; readonly item_id: string; readonly delta: string }
  | { readonly type: 'response.output_audio_transcript.done'; readonly response_id: string; readonly item_id: string; readonly transcript: string }
  | { readonly type: 'response.done'; readonly response: { readonly id: string; readonly status: string | null } }
  | { readonly type: 'output_audio_buffer.started'; readonly response_id: string | null }
  | { readonly type: 'output_audio_buffer.stopped'; readonly response_id: string | null }
  | { readonly type: 'output_audio_buffer.cleared'; readonly response_id: string | null }
  | { readonly type: 'error'; readonly error: { readonly code: string | null; readonly message: string; readonly event_id: string | null } }
  | {
      readonly type: 'voxfare.session'
      readonly session_id: string
      readonly resume_token: string
      /** Unix seconds. */
      readonly resume_expires_at: number
      readonly resumed: boolean
    }
  | {
      readonly type: 'voxfare.resumed'
      readonly missed: number
      readonly replayed: number
      readonly complete: boolean
      readonly unheard_ms: number
    }
  | { readonly type: 'voxfare.partial'; readonly item_id: string; readonly text: string }
  | {
      readonly type: 'voxfare.playout'
      readonly item_id: string
      readonly text: string
      /** Unicode scalar values, not UTF-16 units. */
      readonly heard_chars: number
      readonly state: PlayoutState
    }
  | {
      readonly type: 'voxfare.task'
      readonly task_id: string
      readonly name: string
      readonly state: TaskState
      readonly arguments: unknown
      readonly ms: number | null
    }
  | { readonly type: 'voxfare.card'; readonly card: Card }
  | {
      readonly type: 'voxfare.latency'
      readonly item_id: string | null
      readonly response_id: string | null
      readonly breakdown_ms: BreakdownMs & { readonly speculative: boolean }
      readonly speculative: boolean
    }
  | {
      readonly type: 'voxfare.network'
      readonly loss_percent: number | null
      readonly jitter_ms: number | null
      readonly rtt_ms: number | null
      readonly peer_loss_percent: number | null
    }
  | { readonly type: 'voxfare.draining'; readonly deadline_s: number }
  | { readonly type: 'voxfare.wallet.account'; readonly account: string; readonly kind: AccountKind; readonly address: string; readonly balance: Amount }
  | {
      readonly type: 'voxfare.wallet.reward'
      readonly booking: string
      readonly reference: string
      readonly stage: RewardStage
      readonly wei: string
      readonly trvl: string
      readonly why: string
    }
  | { readonly type: 'voxfare.wallet.balance'; readonly wei: string; readonly trvl: string; readonly pending: Amount }
  | { readonly type: 'voxfare.ended'; readonly reason: string }

/** Reads one message into an event as it came; null for what is too long, no JSON, or has no type. The fields are the server's word. */
export function readMessage(text: string): ServerEvent | null {
  if (text.length > MESSAGE_CHARS_MAX) return null
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' ? (value as ServerEvent) : null
  } catch {
    return null
  }
}

/** Checks an event and keeps what the state needs of it; `null` for what is malformed or not for us. */
export function hear(message: unknown): HeardEvent | null {
  const read = heardEvent(message)
  return read === NOTHING ? null : read
}

/** Reads one message for the state. */
export function readServerEvent(text: string): HeardEvent | null {
  return hear(readMessage(text))
}

const item = object<WireItem>({
  id: str,
  type: lenient(str, 'message'),
  role: nullable(str),
  content: lenient(
    arrayOf(object<WireItem['content'][number]>({ type: str, text: nullable(str), transcript: nullable(str) })),
    [],
  ),
})

const mark = lenient(nullable(num), null)

const breakdown = object<BreakdownMs & { readonly speculative: boolean }>({
  endpoint: mark, transcript: mark, first_token: mark, first_audio: mark, first_packet: mark,
  speculative: lenient(bool, false),
})

/** Only what is on the wire can be heard. */
type Type = HeardEvent['type'] & ServerEventType

type Of<T extends HeardEvent['type']> = Extract<HeardEvent, { readonly type: T }>

function event<T extends Type>(
  type: T,
  fields: { readonly [K in Exclude<keyof Of<T>, 'type'>]-?: Decoder<Of<T>[K]> },
): Decoder<HeardEvent> {
  return object({ type: oneOf(type), ...fields } as never)
}

const responseId = { response_id: lenient(nullable(str), null) }

const readers: { readonly [T in Type]: Decoder<HeardEvent> } = {
  'session.created': event('session.created', {}),
  'conversation.item.added': event('conversation.item.added', { item }),
  'conversation.item.done': event('conversation.item.done', { item }),
  'conversation.item.truncated': event('conversation.item.truncated', { item_id: str }),
  'conversation.item.deleted': event('conversation.item.deleted', { item_id: str }),
  'conversation.item.input_audio_transcription.delta': event('conversation.item.input_audio_transcription.delta', { item_id: str, delta: str }),
  'conversation.item.input_audio_transcription.completed': event('conversation.item.input_audio_transcription.completed', { item_id: str, transcript: str }),
  'conversation.item.input_audio_transcription.failed': event('conversation.item.input_audio_transcription.failed', { item_id: str }),
  'input_audio_buffer.speech_started': event('input_audio_buffer.speech_started', { item_id: str }),
  'input_audio_buffer.speech_stopped': event('input_audio_buffer.speech_stopped', { item_id: str }),
  'input_audio_buffer.committed': event('input_audio_buffer.committed', { item_id: str }),
  'input_audio_buffer.cleared': event('input_audio_buffer.cleared', {}),
  'response.created': event('response.created', { response: object({ id: str }) }),
  'response.output_item.added': event('response.output_item.added', { response_id: str, item }),
  'response.output_audio_transcript.delta': event('response.output_audio_transcript.delta', { response_id: str, item_id: str, delta: str }),
  'response.output_audio_transcript.done': event('response.output_audio_transcript.done', { response_id: str, item_id: str, transcript: str }),
  'response.done': event('response.done', { response: object<Of<'response.done'>['response']>({ id: str, status: nullable(str) }) }),
  'output_audio_buffer.started': event('output_audio_buffer.started', responseId),
  'output_audio_buffer.stopped': event('output_audio_buffer.stopped', responseId),
  'output_audio_buffer.cleared': event('output_audio_buffer.cleared', responseId),
  error: event('error', { error: object<Of<'error'>['error']>({ code: lenient(nullable(str), null), message: optional(str, ''), event_id: lenient(nullable(str), null) }) }),
  'voxfare.session': event('voxfare.session', {
    session_id: str, resume_token: str, resume_expires_at: num, resumed: lenient(bool, false),
  }),
  'voxfare.resumed': event('voxfare.resumed', { missed: num, replayed: num, complete: bool, unheard_ms: num }),
  'voxfare.partial': event('voxfare.partial', { item_id: str, text: str }),
  'voxfare.playout': event('voxfare.playout', {
    item_id: str, text: str, heard_chars: num, state: oneOf('playing', 'paused', 'done', 'interrupted'),
  }),
  'voxfare.task': event('voxfare.task', {
    task_id: str, name: str, state: oneOf('started', 'pending', 'done', 'failed', 'cancelled'), arguments: any, ms: lenient(nullable(num), null),
  }),
  'voxfare.card': event('voxfare.card', { card }),
  'voxfare.latency': event('voxfare.latency', {
    item_id: nullable(str), response_id: nullable(str), breakdown_ms: breakdown, speculative: lenient(bool, false),
  }),
  'voxfare.network': event('voxfare.network', { loss_percent: mark, jitter_ms: mark, rtt_ms: mark, peer_loss_percent: lenient(mark, null) }),
  'voxfare.ended': event('voxfare.ended', { reason: str }),
  'voxfare.draining': event('voxfare.draining', { deadline_s: num }),
  'voxfare.wallet.account': event('voxfare.wallet.account', { account: str, kind: oneOf<AccountKind>('custodial', 'own'), address: str, balance: amount }),
  'voxfare.wallet.reward': event('voxfare.wallet.reward', { booking: str, reference: str, stage, wei, trvl: str, why: optional(str, '') }),
  'voxfare.wallet.balance': event('voxfare.wallet.balance', { wei, trvl: str, pending: amount }),
}

const heardEvent = tagged<HeardEvent>('type', readers)

/** The longest message we look at: a session with all the tools and instructions it may have stays below. */
const MESSAGE_CHARS_MAX = 8_388_608
