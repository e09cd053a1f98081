// The events of the wire that we use, in both directions, and the reader for what the server sends. It never acts on them.
import {
  type Decoder, NOTHING, any, arrayOf, bool, lenient, nullable, num, object, oneOf, optional, str, tagged,
} from './decode.ts'
import { type Card, card } from './travel.ts'

/** A message or a tool call in the conversation, as far as we look at it. */
export interface WireItem {
  readonly id: string
  /** `message`, `function_call`, `function_call_output`, ... */
  readonly type: string
  readonly role: string | null
  readonly content: readonly { readonly type: string; readonly text: string | null; readonly transcript: string | null }[]
}

/** One turn's time line: each mark in ms after the last speech sample, null when the server did not pass it. */
export interface BreakdownMs {
  readonly endpoint: number | null
  readonly transcript: number | null
  readonly first_token: number | null
  readonly first_audio: number | null
  readonly first_packet: number | null
}

/** How far a saying has got. */
export type PlayoutState = 'playing' | 'paused' | 'done' | 'interrupted'

/** How far a task has got; `pending` is an act whose outcome is being looked up. */
export type TaskState = 'started' | 'pending' | 'done' | 'failed' | 'cancelled'

/** Everything the server says that we listen to. Other types are ignored by `readServerEvent`. */
export type ServerEvent =
  | { readonly type: 'session.created' }
  | { readonly type: 'conversation.item.added'; readonly item: WireItem }
  | { readonly type: 'conversation.item.done'; readonly item: WireItem }
  | { readonly type: 'conversation.item.truncated'; readonly item_id: string }
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
  | { readonly type: 'error'; readonly error: { readonly code: string | null; readonly message: string } }
  | {
      readonly type: 'voxfare.session'
      readonly session_id: string
      readonly resume_token: string
      /** Unix seconds. */
      readonly resume_expires_at: number
      readonly greeting: string | null
      readonly resumed: boolean
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
  | { readonly type: 'voxfare.ended'; readonly reason: string }

/** Everything we say to the server. */
export type ClientEvent =
  | { readonly type: 'session.update'; readonly session: Readonly<Record<string, unknown>> }
  | {
      readonly type: 'conversation.item.create'
      readonly item: {
        readonly id: string
        readonly type: 'message'
        readonly role: 'user'
        readonly content: readonly [{ readonly type: 'input_text'; readonly text: string }]
      }
    }
  | { readonly type: 'response.create' }
  | { readonly type: 'response.cancel' }
  | { readonly type: 'output_audio_buffer.clear' }

/** Reads one message of the data channel; `null` for what is malformed or not for us. */
export function readServerEvent(text: string): ServerEvent | null {
  if (text.length > MESSAGE_CHARS_MAX) return null
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const read = serverEvent(value)
  return read === NOTHING ? null : read
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

type Of<T extends ServerEvent['type']> = Extract<ServerEvent, { readonly type: T }>

function event<T extends ServerEvent['type']>(
  type: T,
  fields: { readonly [K in Exclude<keyof Of<T>, 'type'>]-?: Decoder<Of<T>[K]> },
): Decoder<ServerEvent> {
  return object({ type: oneOf(type), ...fields } as never)
}

const responseId = { response_id: lenient(nullable(str), null) }

const readers: { readonly [T in ServerEvent['type']]: Decoder<ServerEvent> } = {
  'session.created': event('session.created', {}),
  'conversation.item.added': event('conversation.item.added', { item }),
  'conversation.item.done': event('conversation.item.done', { item }),
  'conversation.item.truncated': event('conversation.item.truncated', { item_id: str }),
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
  error: event('error', { error: object<Of<'error'>['error']>({ code: lenient(nullable(str), null), message: optional(str, '') }) }),
  'voxfare.session': event('voxfare.session', {
    session_id: str, resume_token: str, resume_expires_at: num, greeting: lenient(nullable(str), null), resumed: lenient(bool, false),
  }),
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
}

const serverEvent = tagged<ServerEvent>('type', readers)

/** The longest message we look at; a card with 20 offers of six legs stays far below. */
const MESSAGE_CHARS_MAX = 262_144
