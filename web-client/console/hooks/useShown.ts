// The log as the filter lets it through.
import { useMemo } from 'react'
import { type LogEntry, filtered } from '../log.ts'
import { store } from '../store.ts'
import { useLog } from './useLog.ts'

/** What the list shows. */
export function useShown(): readonly LogEntry[] {
  const log = useLog()
  const filter = store((state) => state.filter)
  return useMemo(() => filtered(log, filter), [log, filter])
}
