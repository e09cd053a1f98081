// The talk as it goes, both sides in order, scrolled to its end unless the caller scrolled away.
import { useEffect, useRef } from 'react'
import type { Entry, TurnLatency } from '../../sdk/state.ts'
import { useSession } from '../hooks/useSession.ts'
import { AssistantLine } from './AssistantLine.tsx'
import { CallerLine } from './CallerLine.tsx'
import { CardView } from './CardView.tsx'

/** The list of what was said; with `cards`, what was shown stands between it. */
export function Captions({ cards }: { readonly cards: boolean }) {
  const entries = useSession((state) => state.entries)
  const turns = useSession((state) => state.turns)
  const end = useRef<HTMLDivElement>(null)
  const following = useRef(true)
  useEffect(() => {
    const element = end.current
    if (element === null) return undefined
    const watch = new IntersectionObserver(([seen]) => {
      following.current = seen?.isIntersecting ?? true
    }, { rootMargin: '160px' })
    watch.observe(element)
    return () => watch.disconnect()
  }, [])
  // No list of dependencies: it draws again only when something was added.
  useEffect(() => {
    if (following.current) end.current?.scrollIntoView({ block: 'end' })
  })
  const measured = latestSayings(entries, turns)
  return (
    <>
      <ol aria-label="Conversation" className="flex flex-col gap-5">
        {entries.map((entry) => {
          const key = `${entry.kind}/${entry.id}`
          if (entry.kind === 'caller') return <CallerLine key={key} entry={entry} />
          if (entry.kind === 'assistant') return entry.text === '' ? null : <AssistantLine key={key} entry={entry} turn={measured.get(entry.id) ?? null} />
          return cards ? <li key={key} className="rise"><CardView card={entry.card} /></li> : null
        })}
      </ol>
      <div ref={end} className="h-px" />
    </>
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
