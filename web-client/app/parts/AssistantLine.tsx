// What Voxfare says: heard words solid, words not heard yet dim, words that were cut off struck through.
import { splitScalars } from '../../sdk/entries.ts'
import type { AssistantEntry, TurnLatency } from '../../sdk/state.ts'
import { LatencyBar } from './LatencyBar.tsx'

interface AssistantLineProps {
  readonly entry: AssistantEntry
  readonly turn: TurnLatency | null
}

/** One saying, with the response time of its turn. */
export function AssistantLine({ entry, turn }: AssistantLineProps) {
  const cut = entry.state === 'interrupted'
  const [heard, rest] = entry.heardChars === null ? [entry.text, ''] : splitScalars(entry.text, entry.heardChars)
  return (
    <li className="rise flex flex-col items-start gap-1.5">
      <p className="sr-only">Voxfare said:</p>
      <p className="max-w-[92%] text-lg leading-relaxed break-words">
        <span data-words="heard">{heard}</span>
        {rest === '' ? null : cut ? <Unheard text={rest} /> : <span data-words="unheard" className="text-faint">{rest}</span>}
      </p>
      {cut ? <p className="text-xs text-soft">{entry.heardChars === 0 ? 'Not heard' : 'Interrupted'}</p> : null}
      {turn === null ? null : <LatencyBar turn={turn} />}
    </li>
  )
}

function Unheard({ text }: { readonly text: string }) {
  return (
    <>
      <span className="sr-only"> (not heard: </span>
      <del data-words="cut" className="text-faint decoration-edge">
        {text}
      </del>
      <span className="sr-only">)</span>
    </>
  )
}
