// What both sides say.
import { useMemo } from 'react'
import type { AssistantEntry, CallerEntry } from '../state.ts'
import { useSession } from './useSession.ts'

/** Both sides' sayings, oldest first, as they grow and are heard. */
export function useCaptions(): readonly (CallerEntry | AssistantEntry)[] {
  const entries = useSession((state) => state.entries)
  return useMemo(() => entries.filter((entry) => entry.kind !== 'card'), [entries])
}
