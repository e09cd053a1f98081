// One stay that was found.
import type { HotelOffer } from '../../sdk/travel.ts'
import { formatDay, formatMoney, formatNights } from '../text/format.ts'
import { Badge } from '../ui/Badge.tsx'

/** An offer with its place, nights and price. */
export function HotelStrip({ offer }: { readonly offer: HotelOffer }) {
  return (
    <div className="px-4 py-3">
      <div className="flex items-start justify-between gap-4">
        <div className="min-w-0">
          <p className="font-bold break-words">{offer.name}</p>
          <p className="text-sm text-soft">
            {offer.district}, {offer.city}
          </p>
        </div>
        <p className="shrink-0 text-sm text-lamp" role="img" aria-label={`${offer.stars} stars`}>
          {'★'.repeat(Math.min(5, Math.max(0, Math.round(offer.stars))))}
        </p>
      </div>
      <p className="mt-1 text-sm text-soft">
        {formatDay(offer.check_in)} to {formatDay(offer.check_out)}, {formatNights(offer.check_in, offer.check_out)}
      </p>
      <div className="mt-2 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <p className="text-xl font-bold">{formatMoney(offer.total)}</p>
        <p className="flex flex-wrap gap-1.5">
          {offer.free_cancellation ? <Badge tone="well">Free cancellation</Badge> : null}
          {offer.source === 'synthetic' ? <Badge tone="lamp">Demonstration property</Badge> : null}
        </p>
      </div>
    </div>
  )
}
