// Why a call could not be made or kept, one variant for each thing the caller can do about it. It never holds a page's words.

/** Every way a call fails for good. What to do next is in each line. */
export type Failure =
  /** The page came over plain HTTP from another machine: open its https address. */
  | { readonly reason: 'insecure-context' }
  /** The browser has no WebRTC: use a current browser. */
  | { readonly reason: 'no-webrtc' }
  /** This platform has no WebSocket, as Node before 22: give the transport one. */
  | { readonly reason: 'no-websocket' }
  /** The sound could not be opened: most often the worklets were not found, or a content security policy forbids them. */
  | { readonly reason: 'no-sound' }
  /** The caller or the browser refused the microphone: allow it in the site settings, or type instead. */
  | { readonly reason: 'microphone-denied' }
  /** There is no microphone: plug one in, or type instead. */
  | { readonly reason: 'microphone-missing' }
  /** Another programme holds the microphone: close it and try again. */
  | { readonly reason: 'microphone-busy' }
  /** The server is full: try again after so many seconds. */
  | { readonly reason: 'server-busy'; readonly retryAfterS: number }
  /** No answer at all: check the network, or whether the server runs. */
  | { readonly reason: 'server-unreachable' }
  /** The server answered but sound could not get through: most often a firewall that blocks UDP. */
  | { readonly reason: 'no-media-path' }
  /** The token was refused: sign in again. */
  | { readonly reason: 'not-allowed' }
  /** The server refused the call and said why, in words fit to be shown. */
  | { readonly reason: 'refused'; readonly status: number; readonly detail: string }
  /** The server has no such session any more, for it was restarted or waited too long: start a new call. */
  | { readonly reason: 'session-over' }
  /** The line broke and could not be mended in time: start a new call. */
  | { readonly reason: 'connection-lost' }

/** Thrown inside the SDK where a step fails; carries the failure to the session. */
export class CallError extends Error {
  /** What went wrong. */
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.reason)
    this.name = 'CallError'
    this.failure = failure
  }
}

/** The failure in anything that was thrown; what we did not foresee counts as an unreachable server. */
export function failureOf(thrown: unknown): Failure {
  return thrown instanceof CallError ? thrown.failure : { reason: 'server-unreachable' }
}

/** Reads an answer that is not a success: 503 is a full server, 401 and 403 a refused token, 410 a session that is no more, the rest is told as it is. */
export function failureOfStatus(status: number, retryAfter: string | null, body: string): Failure {
  if (status === 503 || status === 429) return { reason: 'server-busy', retryAfterS: retryAfterS(retryAfter) }
  if (status === 401 || status === 403) return { reason: 'not-allowed' }
  if (status === 410) return { reason: 'session-over' }
  return { reason: 'refused', status, detail: problemDetail(body) }
}

function retryAfterS(header: string | null): number {
  const seconds = Number.parseInt(header ?? '', 10)
  if (!Number.isFinite(seconds) || seconds < 1) return RETRY_AFTER_DEFAULT_S
  return Math.min(seconds, RETRY_AFTER_MAX_S)
}

/** The `detail` (or `title`) of an RFC 9457 problem; empty when the body is anything else. */
function problemDetail(body: string): string {
  try {
    const problem: unknown = JSON.parse(body)
    if (typeof problem !== 'object' || problem === null) return ''
    const { detail, title } = problem as { detail?: unknown; title?: unknown }
    const said = typeof detail === 'string' && detail !== '' ? detail : title
    return typeof said === 'string' ? said.slice(0, DETAIL_CHARS_MAX) : ''
  } catch {
    return ''
  }
}

const RETRY_AFTER_DEFAULT_S = 5
const RETRY_AFTER_MAX_S = 300
const DETAIL_CHARS_MAX = 300
