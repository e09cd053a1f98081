// The log as far as it is shown.
import { useMemo } from 'react'
import type { LogEntry } from '../log.ts'
import { store } from '../store.ts'

/** Everything up to where a replay has come. */
export function useLog(): readonly LogEntry[] {
  const log = store((state) => state.log)
  const until = store((state) => state.replay?.until ?? null)
  return useMemo(() => (until === null ? log : log.filter(({ at }) => at <= until)), [log, until])
}

