// How long each turn took, from the last speech sample to the first packet, step on step.
import { useMemo } from 'react'
import { formatMs } from '../../app/text/format.ts'
import { STEPS } from '../../app/text/steps.ts'
import { Panel } from '../../app/ui/Panel.tsx'
import { STEP_NAMES, stepsOf, totalMs } from '../../sdk/latency.ts'
import type { TurnLatency } from '../../sdk/state.ts'
import { useLog } from '../hooks/useLog.ts'
import { turnsOf } from '../log.ts'

/** The plot under the list. */
export function Turns() {
  const log = useLog()
  const turns = useMemo(() => turnsOf(log).slice(-TURNS_MAX), [log])
  const scaleMs = Math.max(SCALE_MS_MIN, ...turns.map((turn) => stepsOf(turn.marks).at(-1)?.atMs ?? 0))
  return (
    <Panel title="Response times" className="shrink-0" aside={<Legend />}>
      {turns.length === 0 ? (
        <p className="px-4 pb-4 text-sm text-soft">Each turn’s time line stands here, step by step.</p>
      ) : (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <ol tabIndex={0} aria-label="Turns, oldest first" className="flex max-h-36 flex-col gap-1 overflow-y-auto px-4 pb-4">
          {turns.map((turn, at) => (
            <Turn key={turn.responseId ?? at} turn={turn} number={at + 1} scaleMs={scaleMs} />
          ))}
        </ol>
      )}
    </Panel>
  )
}

function Turn({ turn, number, scaleMs }: { readonly turn: TurnLatency; readonly number: number; readonly scaleMs: number }) {
  const steps = stepsOf(turn.marks)
  const total = totalMs(turn.marks)
  return (
    <li className="flex items-center gap-3 font-mono text-xs">
      <span className="w-6 shrink-0 text-right text-soft">{number}</span>
      <span className="sr-only">{steps.map(({ name, atMs }) => `${STEPS[name].label} after ${formatMs(atMs)}`).join(', ')}. In all</span>
      <span className="flex h-3 flex-1 overflow-hidden rounded-sm bg-raised" aria-hidden="true">
        {steps.map(({ name, addedMs, atMs }) => (
          <span key={name} title={`${STEPS[name].label}: ${formatMs(atMs)}`} className={STEPS[name].paint} style={{ width: `${(100 * addedMs) / scaleMs}%` }} />
        ))}
      </span>
      <span className="w-14 shrink-0 text-right text-ink">{total === null ? '' : formatMs(total)}</span>
      <span className="w-20 shrink-0 text-soft">{turn.speculative ? 'foreseen' : ''}</span>
    </li>
  )
}

function Legend() {
  return (
    <ul className="flex flex-wrap gap-x-3 gap-y-1 text-xs text-soft" aria-label="Steps">
      {STEP_NAMES.map((name) => (
        <li key={name} className="flex items-center gap-1.5">
          <span className={`size-2.5 rounded-sm ${STEPS[name].paint}`} />
          {STEPS[name].label}
        </li>
      ))}
    </ul>
  )
}

const TURNS_MAX = 200
const SCALE_MS_MIN = 500
