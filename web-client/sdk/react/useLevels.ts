// Feeds a meter with the loudness of both sides.
import { useEffect, useEffectEvent } from 'react'
import type { Levels } from '../levels.ts'
import { useVoxfare } from './useVoxfare.ts'

/** Calls `draw` once a frame during a call. It draws past React, since sixty renders a second would help nobody. */
export function useLevels(draw: (levels: Levels) => void): void {
  const session = useVoxfare()
  const onLevel = useEffectEvent(draw)
  useEffect(() => session.onLevel((levels) => onLevel(levels)), [session])
}
