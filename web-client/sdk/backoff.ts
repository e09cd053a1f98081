// How long to wait before the next attempt to reconnect. Pure: the clock and the dice are arguments.

/** When a lost line is given up, in ms after it was lost. */
export const RECONNECT_TOTAL_MS_MAX = 60_000

/**
 * The pause before attempt `attempt` (from 0): 300 ms, 600 ms, 1.2 s, ... up to 10 s, plus up to a fifth chosen by `dice` in 0..1
 * so that the callers of a restarted server do not all return in the same instant.
 */
export function retryDelayMs(attempt: number, dice: number): number {
  const plain = Math.min(FIRST_DELAY_MS * 2 ** Math.max(0, attempt), DELAY_MS_MAX)
  return Math.round(plain * (1 + SPREAD * Math.min(1, Math.max(0, dice))))
}

const FIRST_DELAY_MS = 300
const DELAY_MS_MAX = 10_000
const SPREAD = 0.2
