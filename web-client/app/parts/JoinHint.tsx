// Says once, under the first booking of a call, that bookings earn when one joins.
import { useCards } from '../../sdk/react/useCards.ts'
import { useRewards } from '../../sdk/react/useRewards.ts'
import { useWallet } from '../../sdk/react/useWallet.ts'
import { hintWords } from '../text/joining.ts'
import { Button } from '../ui/Button.tsx'
import { sheetStore } from '../wallet.ts'

/** Nothing for whoever has joined, and nothing where there are no rewards. */
export function JoinHint({ reference }: { readonly reference: string }) {
  const life = useWallet((state) => state.life.phase)
  const asks = useWallet((state) => state.overview?.asks ?? null)
  const first = useCards().find(({ card }) => card.kind === 'booking')
  const isRewarded = useRewards().some((each) => each.reference === reference)
  const isFirst = first?.card.kind === 'booking' && first.card.booking.reference === reference
  if ((life !== 'none' && life !== 'ready') || !isFirst || isRewarded) return null
  const hint = hintWords(asks)
  if (hint === null) return null
  return (
    <div data-hint={reference} className="flex flex-wrap items-center justify-between gap-x-3 gap-y-2 rounded-b-2xl border-t border-line px-4 py-3">
      <p className="text-sm text-soft">{hint}</p>
      <Button size="small" onClick={() => sheetStore.setState({ open: true })}>
        See rewards
      </Button>
    </div>
  )
}
