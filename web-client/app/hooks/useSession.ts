// Reads a part of the session's state.
import type { SessionState } from '../../sdk/state.ts'
import { sessionStore } from '../session.ts'

/** The picked part; the component draws again only when it changes. */
export function useSession<T>(pick: (state: SessionState) => T): T {
  return sessionStore(pick)
}
