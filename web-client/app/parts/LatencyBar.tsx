// How long the answer took, as a small stacked bar; the figures come on hover or focus.
import { stepsOf, totalMs } from '../../sdk/latency.ts'
import type { TurnLatency } from '../../sdk/state.ts'
import { formatMs } from '../text/format.ts'
import { STEPS } from '../text/steps.ts'
import { Tooltip } from '../ui/Tooltip.tsx'

/** Nothing when the turn was not measured. The full width of the bar stands for one second. */
export function LatencyBar({ turn }: { readonly turn: TurnLatency }) {
  const steps = stepsOf(turn.marks)
  const total = totalMs(turn.marks)
  if (total === null || steps.length === 0) return null
  const scaleMs = Math.max(SCALE_MS, steps.at(-1)?.atMs ?? 0)
  const figures = (
    <dl className="grid grid-cols-[auto_auto_auto] items-center gap-x-3 gap-y-1">
      {steps.map(({ name, atMs }) => (
        <div key={name} className="contents">
          <dt className="col-span-2 flex items-center gap-2">
            <span className={`size-2.5 rounded-sm ${STEPS[name].paint}`} />
            {STEPS[name].label}
          </dt>
          <dd className="text-right font-mono">{formatMs(atMs)}</dd>
        </div>
      ))}
    </dl>
  )
  return (
    <Tooltip content={figures}>
      <button type="button" className="-ml-1 flex h-7 items-center gap-2 rounded-full px-1 text-xs text-soft" aria-label={`Answered in ${formatMs(total)}. Details.`}>
        <span className="flex h-1.5 w-24 overflow-hidden rounded-full bg-raised" aria-hidden="true">
          {steps.map(({ name, addedMs }) => (
            <span key={name} className={STEPS[name].paint} style={{ width: `${(100 * addedMs) / scaleMs}%` }} />
          ))}
        </span>
        <span className="font-mono">{formatMs(total)}</span>
      </button>
    </Tooltip>
  )
}

const SCALE_MS = 1000
