// How long each turn took.
import type { TurnLatency } from '../state.ts'
import { useSession } from './useSession.ts'

/** The measured turns, oldest first. */
export function useTurns(): readonly TurnLatency[] {
  return useSession((state) => state.turns)
}
