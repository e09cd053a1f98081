// How the call stands.
import type { Life } from '../state.ts'
import { useSession } from './useSession.ts'

/** The life of the call, as drawn in state.ts. */
export function useLife(): Life {
  return useSession((state) => state.life)
}
