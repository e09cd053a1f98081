// What was found, quoted and booked.
import { useMemo } from 'react'
import type { CardEntry } from '../state.ts'
import { useSession } from './useSession.ts'

/** The cards that stand, oldest first; a booked quote has left. */
export function useCards(): readonly CardEntry[] {
  const entries = useSession((state) => state.entries)
  return useMemo(() => entries.filter((entry) => entry.kind === 'card'), [entries])
}
