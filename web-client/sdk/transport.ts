// What the session needs of a line to the server. It never knows what the events mean.
import type { Failure } from './failure.ts'
import type { Audible } from './levels.ts'
import type { ClientEvent, ServerEvent } from './protocol/events.gen.ts'
import type { NetworkSample } from './state.ts'

/** What a transport tells its session. All calls come after `connect` was called and before `close` returned. */
export interface TransportListener {
  /** One event of the server, as it came. */
  readonly onEvent: (event: ServerEvent) => void
  /** The line itself sent an event, as sound in events is. */
  readonly onSent: (event: ClientEvent) => void
  /** The caller's speakers get this sound. */
  readonly onVoice: (voice: Audible) => void
  /** The browser holds back sound (true), or lets it through again (false). */
  readonly onSoundBlocked: (blocked: boolean) => void
  /** One look at the link, about every two seconds. */
  readonly onLink: (sample: NetworkSample) => void
  /** The line broke after it was open. Called once; `connect` may then be called again with a resume token. */
  readonly onLost: () => void
  /** The server closed the line for good. */
  readonly onEnded: () => void
}

/** How a line is opened. */
export interface ConnectOptions {
  /** The microphone; null in a typed call. */
  readonly track: MediaStreamTrack | null
  /** The page's sound; null where there is none, as in Node. */
  readonly context: AudioContext | null
  /** Brings the caller back to a running session. */
  readonly resumeToken: string | null
  /** With a token: the `event_id` of the last event that came, so that the server tells what was missed; null when none came. */
  readonly afterEventId: string | null
  /** Stops the attempt. */
  readonly signal: AbortSignal
}

/** A line to the server: one at a time, opened again as often as needed. */
export interface Transport {
  /** What stands in the way of such a line here, or null. */
  obstacle(): Failure | null
  /** Resolves once events can flow; throws `CallError`. Closes what was open before. */
  connect(options: ConnectOptions): Promise<void>
  /** Sends one event; false when the line is not open. */
  send(event: ClientEvent): boolean
  /** Puts another microphone on the open line, or none, without a new negotiation. */
  replaceTrack(track: MediaStreamTrack | null): Promise<void>
  /** Lets held-back sound through; call it from a touch or a key press. */
  unblockSound(): Promise<void>
  /** Closes the line. With `hangUp` the server is told that the call is over. */
  close(hangUp: boolean): void
}
