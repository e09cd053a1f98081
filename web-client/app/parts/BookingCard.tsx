// A booking with its reference.
import type { Booking } from '../../sdk/travel.ts'
import { formatTravellers } from '../text/format.ts'
import { Badge } from '../ui/Badge.tsx'
import { Panel } from '../ui/Panel.tsx'
import { EarnedStrip } from './EarnedStrip.tsx'
import { ItemView } from './ItemView.tsx'
import { JoinHint } from './JoinHint.tsx'

/** The reference stands first: it is what the caller needs to keep. */
export function BookingCard({ booking }: { readonly booking: Booking }) {
  const confirmed = booking.state === 'confirmed'
  return (
    <Panel
      title={confirmed ? 'Booked' : 'Cancelled'}
      aside={<Badge tone={confirmed ? 'well' : 'alarm'}>{confirmed ? 'Confirmed' : 'Cancelled'}</Badge>}
      className={confirmed ? 'border-well' : ''}
    >
      <div className="px-4 pb-2">
        <p className="text-sm text-soft">Your reference</p>
        <p className="font-mono text-3xl tracking-[0.12em]">{booking.reference}</p>
        {booking.order.travellers.length === 0 ? null : <p className="mt-1 text-sm text-soft">{formatTravellers(booking.order.travellers)}</p>}
      </div>
      <div className="border-t border-line">
        <ItemView item={booking.order.item} />
      </div>
      <EarnedStrip reference={booking.reference} />
      {confirmed ? <JoinHint reference={booking.reference} /> : null}
    </Panel>
  )
}
