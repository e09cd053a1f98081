// Hears every event of the server as it comes.
import { useEffect, useEffectEvent } from 'react'
import type { ServerEvent } from '../protocol/events.gen.ts'
import { useVoxfare } from './useVoxfare.ts'

/** Calls `hear` with each event while the component is there. */
export function useEvents(hear: (event: ServerEvent) => void): void {
  const session = useVoxfare()
  const onEvent = useEffectEvent(hear)
  useEffect(() => session.onEvent((event) => onEvent(event)), [session])
}
