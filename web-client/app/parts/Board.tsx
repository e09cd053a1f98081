// What was found and booked, newest first, beside the talk on wide screens.
import { useSession } from '../../sdk/react/useSession.ts'
import { CardView } from './CardView.tsx'

/** The cards of this call. */
export function Board() {
  const entries = useSession((state) => state.entries)
  const cards = entries.filter((entry) => entry.kind === 'card').toReversed()
  return (
    <section aria-label="Found for you" className="flex flex-col gap-4">
      {cards.map((entry) => (
        <div key={entry.id} className="rise">
          <CardView card={entry.card} />
        </div>
      ))}
    </section>
  )
}
