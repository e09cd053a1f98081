// How the call stands, in words under the dial.
import { useSession } from '../../sdk/react/useSession.ts'
import { pressLabel, standing } from '../talk.ts'

/** Two short lines; the live region for screen readers is the announcer's. */
export function Standing() {
  const word = useSession(standing)
  const hint = useSession(pressLabel)
  return (
    <div className="min-w-0 text-center" aria-hidden="true">
      <p className="text-lg leading-tight font-bold text-ink">{word}</p>
      <p className="text-sm text-soft">{hint}</p>
    </div>
  )
}
