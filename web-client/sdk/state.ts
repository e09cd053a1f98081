// What is known of a call at one moment. Data only: it never changes in place.
import type { AccountKind, BreakdownMs, PlayoutState, TaskState } from './events.ts'
import type { Failure } from './failure.ts'
import type { Card } from './travel.ts'
import type { Amount, RewardStage } from './wallet/words.ts'

/**
 * The life of a call.
 *
 *   idle --start--> requesting-microphone --granted--> connecting --channel open--> live
 *     \--start without a microphone--------------------^                            |  ^
 *                                                                         line lost |  | resumed
 *                                                                                   v  |
 *   live: listening --caller stops--> thinking --sound starts--> speaking      reconnecting
 *           ^  ^-------nothing to answer---'                        |               |
 *           '----------sound ends, or the caller cuts in------------'               | given up
 *                                                                                   v
 *   any of these --hang up, or the server ends it--> ended          any --error--> failed{failure}
 *   ended and failed --start--> requesting-microphone | connecting
 */
export type Life =
  | { readonly phase: 'idle' }
  | { readonly phase: 'requesting-microphone' }
  | { readonly phase: 'connecting' }
  | { readonly phase: 'live'; readonly activity: Activity; readonly callerSpeaking: boolean }
  | {
      readonly phase: 'reconnecting'
      /** Attempts made so far. */
      readonly attempt: number
      /** When the next attempt is due, on the session's clock in ms; null while one is under way. */
      readonly retryAtMs: number | null
      /** When the line is given up, same clock. */
      readonly giveUpAtMs: number
    }
  | { readonly phase: 'ended'; readonly by: 'caller' | 'server' }
  | { readonly phase: 'failed'; readonly failure: Failure }

/** What Voxfare does in a live call. */
export type Activity = 'listening' | 'thinking' | 'speaking'

/** What the caller said or typed. */
export interface CallerEntry {
  readonly kind: 'caller'
  readonly id: string
  /** Words that will not be taken back. */
  readonly stable: string
  /** The rest of the current guess; always empty once `state` is not `open`. */
  readonly unstable: string
  /** `open` while it is being said, `final` with its whole text, `failed` when it was not understood. */
  readonly state: 'open' | 'final' | 'failed'
  /** Null for speech; a typed message is `sent`, then `taken` once the server has it. */
  readonly typed: null | 'sent' | 'taken'
}

/** What Voxfare said, or is saying. */
export interface AssistantEntry {
  readonly kind: 'assistant'
  readonly id: string
  readonly responseId: string | null
  readonly text: string
  /** How many characters (Unicode scalar values) were heard; null when the server does not tell. */
  readonly heardChars: number | null
  /** `writing` until sound is known of; then as the server's playout says. */
  readonly state: 'writing' | PlayoutState
}

/** Something shown in the flow of the talk. */
export interface CardEntry {
  readonly kind: 'card'
  readonly id: string
  readonly card: Card
}

/** One entry of the conversation, oldest first. */
export type Entry = CallerEntry | AssistantEntry | CardEntry

/** A search, booking or other tool call. */
export interface Task {
  readonly id: string
  readonly name: string
  readonly state: TaskState
  readonly arguments: unknown
  /** How long it took; null while it runs. */
  readonly ms: number | null
}

/** The measured time line of one turn. */
export interface TurnLatency {
  /** The caller's or the assistant's item. */
  readonly itemId: string | null
  readonly responseId: string | null
  readonly marks: BreakdownMs
  /** The answer was begun before the end of the turn was certain. */
  readonly speculative: boolean
}

/** One look at the link; each figure null where it is not known. */
export interface NetworkSample {
  readonly lossPercent: number | null
  readonly jitterMs: number | null
  readonly rttMs: number | null
}

/** What brings a caller back to a running session. */
export interface Resumption {
  readonly sessionId: string
  readonly token: string
  /** Unix seconds. */
  readonly expiresAtS: number
}

/** What a return over a lost line brought. */
export interface Returned {
  /** Events that had not come. */
  readonly missed: number
  /** Of them, those that were told again; sound is not. */
  readonly replayed: number
  /** Nothing that lasts is missing. */
  readonly complete: boolean
  /** How much of the voice went into the dead line; it is said again where it matters. */
  readonly unheardMs: number
}

/** The account that what is booked earns for. */
export interface SessionAccount {
  readonly account: string
  readonly kind: AccountKind
  readonly address: string
  readonly balance: Amount
  /** On its way; null until the server has told it. */
  readonly pending: Amount | null
}

/** A booking's reward, as it was told of last in this call. */
export interface ToldReward {
  readonly booking: string
  readonly reference: string
  readonly stage: RewardStage
  readonly wei: string
  readonly trvl: string
  readonly why: string
}

/** Everything a page needs to draw a call. */
export interface SessionState {
  readonly life: Life
  /** The caller silenced the microphone. */
  readonly muted: boolean
  /** A microphone feeds the call; false in a typed call, or after the device went away. */
  readonly microphone: boolean
  /** The browser holds back sound until the caller touches the page. */
  readonly soundBlocked: boolean
  readonly resumption: Resumption | null
  /** The last return; null when the line was never lost, or the server does not tell. */
  readonly returned: Returned | null
  /** At most `ENTRIES_MAX`, oldest first. */
  readonly entries: readonly Entry[]
  /** At most `TASKS_MAX`, oldest first. */
  readonly tasks: readonly Task[]
  /** At most `TURNS_MAX`, oldest first. */
  readonly turns: readonly TurnLatency[]
  /** What the server sees of the link. */
  readonly serverLink: NetworkSample | null
  /** What this browser sees of the link. */
  readonly clientLink: NetworkSample | null
  /** The server will stop within so many seconds of being told. */
  readonly drainingS: number | null
  /** Whom bookings earn for; null while nobody does, or the server has not answered. */
  readonly account: SessionAccount | null
  /** Rewards told of in this call, at most `REWARDS_MAX`, oldest first. */
  readonly rewards: readonly ToldReward[]
  /** The last error the server reported in a live call, in its words. */
  readonly notice: string | null
}

/** The state before anything happened. */
export const initialState: SessionState = {
  life: { phase: 'idle' },
  muted: false,
  microphone: false,
  soundBlocked: false,
  resumption: null,
  returned: null,
  entries: [],
  tasks: [],
  turns: [],
  serverLink: null,
  clientLink: null,
  drainingS: null,
  account: null,
  rewards: [],
  notice: null,
}

/** Entries kept; older ones fall off the top. */
export const ENTRIES_MAX = 400

/** Tasks kept. */
export const TASKS_MAX = 60

/** Turn measurements kept. */
export const TURNS_MAX = 100

/** Rewards of one call that are kept. */
export const REWARDS_MAX = 60

/** The longest text of one entry that is kept, in UTF-16 units. */
export const ENTRY_CHARS_MAX = 8_000
