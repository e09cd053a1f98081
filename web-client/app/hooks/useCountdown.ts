// Whole seconds until a moment.
import { useEffect, useState } from 'react'

/** Seconds, rounded up, until `atMs` on the page's `performance.now` clock; 0 once it has come, or when it is null. */
export function useCountdown(atMs: number | null): number {
  const [nowMs, setNowMs] = useState(() => performance.now())
  useEffect(() => {
    if (atMs === null) return undefined
    const timer = setInterval(() => setNowMs(performance.now()), TICK_MS)
    return () => clearInterval(timer)
  }, [atMs])
  return atMs === null ? 0 : Math.max(0, Math.ceil((atMs - nowMs) / 1000))
}

const TICK_MS = 250
