// Tells screen readers what changes: how the call stands, and whole sentences of both sides once they stand.
import type { Entry } from '../../sdk/state.ts'
import { useSession } from '../../sdk/react/useSession.ts'
import { standing } from '../talk.ts'
import { ToldReward } from './ToldReward.tsx'

/** Polite live regions that nobody sees. Half-made captions are left out, or they would be read over and over. */
export function Announcer() {
  const word = useSession(standing)
  const entries = useSession((state) => state.entries)
  return (
    <div className="sr-only">
      <p role="status" data-standing>{word}</p>
      <ToldReward />
      <div role="log" aria-live="polite" aria-label="Captions">
        {entries.slice(-SPOKEN_MAX).map((entry) => {
          const text = spoken(entry)
          return text === null ? null : <p key={`${entry.kind}/${entry.id}`}>{text}</p>
        })}
      </div>
    </div>
  )
}

function spoken(entry: Entry): string | null {
  switch (entry.kind) {
    case 'caller':
      return entry.state === 'open' ? null : `You: ${entry.stable}`
    case 'assistant':
      return entry.state === 'done' ? `Voxfare: ${entry.text}` : null
    case 'card':
      return entry.card.kind === 'booking' ? `Booking reference ${Array.from(entry.card.booking.reference).join(' ')}` : null
  }
}

const SPOKEN_MAX = 12
