// Turns one turn's marks into the steps of a bar. Pure.
import type { BreakdownMs } from './events.ts'

/** The name of one step of a turn, in the order of the work. */
export type StepName = keyof BreakdownMs

/** One step: from the mark before it to its own mark. */
export interface Step {
  readonly name: StepName
  /** Ms after the last speech sample at which the step was done. */
  readonly atMs: number
  /** Ms it added after the step before it; 0 when it ran inside another one, as speculative work does. */
  readonly addedMs: number
}

/** The known steps in the order they were done. */
export function stepsOf(marks: BreakdownMs): readonly Step[] {
  const known = STEP_NAMES.flatMap((name) => {
    const atMs = marks[name]
    return atMs === null ? [] : [{ name, atMs: Math.max(0, atMs) }]
  }).toSorted((a, b) => a.atMs - b.atMs)
  return known.map((step, at) => ({ ...step, addedMs: step.atMs - (known[at - 1]?.atMs ?? 0) }))
}

/** Ms from the last speech sample to the first packet of the answer; null when not measured. */
export function totalMs(marks: BreakdownMs): number | null {
  return marks.first_packet ?? marks.first_audio
}

/** Every step, in the order of the work. */
export const STEP_NAMES: readonly StepName[] = ['endpoint', 'transcript', 'first_token', 'first_audio', 'first_packet']
