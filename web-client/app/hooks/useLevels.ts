// Feeds a meter with the loudness of both sides.
import { useEffect, useEffectEvent } from 'react'
import type { Levels } from '../../sdk/levels.ts'
import { session } from '../session.ts'

/** Calls `draw` once a frame during a call. It draws past React, since sixty renders a second would help nobody. */
export function useLevels(draw: (levels: Levels) => void): void {
  const onLevel = useEffectEvent(draw)
  useEffect(() => session.onLevel((levels) => onLevel(levels)), [])
}
