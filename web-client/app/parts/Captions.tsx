// The talk as it goes, both sides in order.
import type { Entry, TurnLatency } from '../../sdk/state.ts'
import { useSession } from '../../sdk/react/useSession.ts'
import { AssistantLine } from './AssistantLine.tsx'
import { CallerLine } from './CallerLine.tsx'
import { CardView } from './CardView.tsx'

/** The list of what was said; with `cards`, what was shown stands between it. */
export function Captions({ cards }: { readonly cards: boolean }) {
  const entries = useSession((state) => state.entries)
  const turns = useSession((state) => state.turns)
  const measured = latestSayings(entries, turns)
  return (
    <ol aria-label="Conversation" className="flex flex-col gap-5">
      {entries.map((entry) => {
        const key = `${entry.kind}/${entry.id}`
        if (entry.kind === 'caller') return <CallerLine key={key} entry={entry} />
        if (entry.kind === 'assistant') return entry.text === '' ? null : <AssistantLine key={key} entry={entry} turn={measured.get(entry.id) ?? null} />
        return cards ? <li key={key} className="rise"><CardView card={entry.card} /></li> : null
      })}
    </ol>
  )
}

/** Which saying shows which turn's time: the first one of the response, or the one the server names. */
function latestSayings(entries: readonly Entry[], turns: readonly TurnLatency[]): ReadonlyMap<string, TurnLatency> {
  const found = new Map<string, TurnLatency>()
  for (const turn of turns) {
    const entry = entries.find((each) => each.kind === 'assistant' && (each.id === turn.itemId || (turn.responseId !== null && each.responseId === turn.responseId)))
    if (entry !== undefined) found.set(entry.id, turn)
  }
  return found
}
