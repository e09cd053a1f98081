// The way of a reward as waypoints on a line: passed, reached, to come; and back, where a booking was cancelled.
import type { RewardStage } from '../../sdk/wallet/words.ts'
import { type RewardStep, stepsOf } from '../text/rewards.ts'
import { classes } from '../ui/classes.ts'

/** Nothing where nothing was to be earned. */
export function RewardSteps({ stage }: { readonly stage: RewardStage }) {
  const steps = stepsOf(stage)
  if (steps.length === 0) return null
  return (
    <ol aria-label="Steps" className="flex">
      {steps.map((step, at) => (
        <li key={step.label} aria-current={step.state === 'now' ? 'step' : undefined} className="relative flex min-w-0 flex-1 flex-col items-center gap-1 text-center">
          {at === 0 ? null : <span aria-hidden="true" className={classes('absolute top-[0.4375rem] right-1/2 h-0.5 w-full', lineOf(step))} />}
          <span aria-hidden="true" className={classes('relative z-1 size-4 rounded-full border-2 bg-panel', pointOf(step))} />
          <span className={classes('text-xs leading-tight', step.state === 'ahead' ? 'text-soft' : step.back ? 'text-alarm' : 'text-ink', step.state === 'now' && 'font-bold')}>{step.label}</span>
          <span className="sr-only">{SPOKEN[step.state]}</span>
        </li>
      ))}
    </ol>
  )
}

function lineOf({ state, back }: RewardStep): string {
  if (state === 'ahead') return 'bg-line'
  return back ? 'bg-alarm' : 'bg-well'
}

function pointOf({ state, back }: RewardStep): string {
  if (state === 'ahead') return 'border-edge'
  if (state === 'now') return back ? 'border-alarm ring-2 ring-alarm/30' : 'border-lamp ring-2 ring-lamp/30'
  return back ? 'border-alarm bg-alarm' : 'border-well bg-well'
}

const SPOKEN: Readonly<Record<RewardStep['state'], string>> = { done: ', done', now: ', now', ahead: ', to come' }
