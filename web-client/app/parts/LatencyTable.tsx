// All measured turns as a table: for screen readers, and for whoever wants the figures.
import { STEP_NAMES, totalMs } from '../../sdk/latency.ts'
import { useSession } from '../../sdk/react/useSession.ts'
import { formatMs } from '../text/format.ts'
import { STEPS } from '../text/steps.ts'

/** Nothing until a turn was measured. */
export function LatencyTable() {
  const turns = useSession((state) => state.turns)
  if (turns.length === 0) return null
  return (
    <details className="text-sm text-soft">
      <summary className="cursor-pointer rounded-md py-2 hover:text-ink">Response times</summary>
      {/* A table that scrolls sideways must take focus to be scrolled by keys. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="overflow-x-auto pb-2" role="region" aria-label="Response times" tabIndex={0}>
        <table className="w-full text-right text-xs">
          <caption className="pb-2 text-left">Time from your last word to each step, newest turn first.</caption>
          <thead>
            <tr>
              <th scope="col" className="py-1 pr-3 text-left font-bold">Turn</th>
              {STEP_NAMES.map((name) => (
                <th key={name} scope="col" className="px-2 py-1 font-bold">{STEPS[name].label}</th>
              ))}
            </tr>
          </thead>
          <tbody className="font-mono">
            {turns.map((turn, at) => (
              <tr key={turn.responseId ?? at} className="border-t border-line">
                <th scope="row" className="py-1 pr-3 text-left font-normal">
                  {at + 1}
                  {turn.speculative ? <span className="sr-only">, begun early</span> : null}
                </th>
                {STEP_NAMES.map((name) => (
                  <td key={name} className="px-2 py-1 whitespace-nowrap">{turn.marks[name] === null ? 'not measured' : formatMs(turn.marks[name])}</td>
                ))}
              </tr>
            )).toReversed()}
          </tbody>
          <tfoot className="border-t border-line font-mono text-ink">
            <tr>
              <th scope="row" colSpan={STEP_NAMES.length} className="py-1 pr-3 text-left font-sans">Median from your last word to sound sent</th>
              <td className="px-2 py-1 whitespace-nowrap">{median(turns.map((turn) => totalMs(turn.marks)))}</td>
            </tr>
          </tfoot>
        </table>
      </div>
    </details>
  )
}

function median(figures: readonly (number | null)[]): string {
  const known = figures.filter((figure) => figure !== null).toSorted((a, b) => a - b)
  const middle = known[Math.floor((known.length - 1) / 2)]
  return middle === undefined ? 'not measured' : formatMs(middle)
}
