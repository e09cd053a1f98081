// What the session needs of a line to the server. It never knows what the events mean.
import type { ClientEvent, ServerEvent } from './events.ts'
import type { NetworkSample } from './state.ts'

/** What a transport tells its session. All calls come after `connect` was called and before `close` returned. */
export interface TransportListener {
  /** One event of the server. */
  readonly onEvent: (event: ServerEvent) => void
  /** The caller's speakers get this stream. */
  readonly onVoice: (stream: MediaStream) => void
  /** The browser holds back sound (true), or lets it through again (false). */
  readonly onSoundBlocked: (blocked: boolean) => void
  /** One look at the link, about every two seconds. */
  readonly onLink: (sample: NetworkSample) => void
  /** The line broke after it was open. Called once; `connect` may then be called again with a resume token. */
  readonly onLost: () => void
}

/** How a line is opened. */
export interface ConnectOptions {
  /** The sound that goes out: a microphone, or a silent track in a typed call. */
  readonly track: MediaStreamTrack
  /** Brings the caller back to a running session. */
  readonly resumeToken: string | null
  /** Stops the attempt. */
  readonly signal: AbortSignal
}

/** A line to the server: one at a time, opened again as often as needed. */
export interface Transport {
  /** Resolves once events can flow; throws `CallError`. Closes what was open before. */
  connect(options: ConnectOptions): Promise<void>
  /** Sends one event; false when the line is not open. */
  send(event: ClientEvent): boolean
  /** Puts another sound on the open line, without a new negotiation. */
  replaceTrack(track: MediaStreamTrack): Promise<void>
  /** Lets held-back sound through; call it from a touch or a key press. */
  unblockSound(): Promise<void>
  /** Closes the line. With `hangUp` the server is told that the call is over. */
  close(hangUp: boolean): void
}
