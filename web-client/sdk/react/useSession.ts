// Reads a part of the session's state.
import { useCallback, useSyncExternalStore } from 'react'
import type { SessionState } from '../state.ts'
import { useVoxfare } from './useVoxfare.ts'

/** The picked part; the component draws again only when it changes. Pick what the state holds, and make nothing new of it. */
export function useSession<T>(pick: (state: SessionState) => T): T {
  const session = useVoxfare()
  const read = () => pick(session.state)
  const subscribe = useCallback((changed: () => void) => session.subscribe(changed), [session])
  return useSyncExternalStore(subscribe, read, read)
}
