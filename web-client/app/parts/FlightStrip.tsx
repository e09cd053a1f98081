// One flight offer, laid out like a flight progress strip.
import type { FlightOffer, Itinerary } from '../../sdk/travel.ts'
import { airlinesOf, daysBetween, formatCabin, formatDay, formatMinutes, formatMoney, formatParty, formatStops, formatTime, minutesOf } from '../text/format.ts'
import { Badge } from '../ui/Badge.tsx'

/** An offer with its legs, price and terms. */
export function FlightStrip({ offer }: { readonly offer: FlightOffer }) {
  return (
    <div className="px-4 py-3">
      <div className="flex flex-col gap-3">
        {offer.legs.map((leg) => (
          <Leg key={leg.segments[0]?.departs_at} leg={leg} />
        ))}
      </div>
      <div className="mt-3 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <p className="text-xl font-bold">
          {formatMoney(offer.total)}
          <span className="ml-2 text-sm font-normal text-soft">{formatParty(offer.party)}</span>
        </p>
        <p className="flex flex-wrap gap-1.5">
          <Badge>{formatCabin(offer.cabin)}</Badge>
          {offer.seats_left <= SEATS_FEW ? <Badge tone="alarm">{offer.seats_left === 1 ? '1 seat left' : `${offer.seats_left} seats left`}</Badge> : <Badge>{offer.seats_left} seats left</Badge>}
          {offer.source === 'synthetic' ? <Badge tone="lamp">Demonstration fare</Badge> : null}
        </p>
      </div>
    </div>
  )
}

function Leg({ leg }: { readonly leg: Itinerary }) {
  const [first, last] = [leg.segments[0], leg.segments.at(-1)]
  if (first === undefined || last === undefined) return null
  const minutes = minutesOf(leg)
  const later = daysBetween(first.departs, last.arrives)
  return (
    <div>
      <p className="flex flex-wrap justify-between gap-x-3 text-sm text-soft">
        <span>
          {airlinesOf(leg)} <span className="text-xs">{leg.segments.map((segment) => `${segment.airline} ${segment.number}`).join(', ')}</span>
        </span>
        <span>{formatDay(first.departs)}</span>
      </p>
      <div className="mt-1 grid grid-cols-[auto_1fr_auto] items-center gap-3">
        <p>
          <span className="block text-lg leading-tight font-bold whitespace-nowrap tabular-nums">{formatTime(first.departs)}</span>
          <span className="text-sm text-soft">{first.origin}</span>
        </p>
        <p className="min-w-0 text-center text-xs text-soft">
          <span className="block">{minutes === null ? '' : formatMinutes(minutes)}</span>
          <Track stops={leg.segments.length - 1} />
          <span className="block">{formatStops(leg)}</span>
        </p>
        <p className="text-right">
          <span className="block text-lg leading-tight font-bold whitespace-nowrap tabular-nums">
            {formatTime(last.arrives)}
            {later === 0 ? null : (
              <sup className="ml-0.5 text-xs text-lamp">
                <span aria-hidden="true">{later > 0 ? `+${later}` : later}</span>
                <span className="sr-only"> {later === 1 ? 'on the next day' : later > 0 ? `${later} days later` : 'on the day before'}</span>
              </sup>
            )}
          </span>
          <span className="text-sm text-soft">{last.destination}</span>
        </p>
      </div>
    </div>
  )
}

function Track({ stops }: { readonly stops: number }) {
  const marks = Array.from({ length: stops }, (_, at) => (100 * (at + 1)) / (stops + 1))
  return (
    <svg viewBox="0 0 100 8" preserveAspectRatio="none" className="my-1 h-2 w-full overflow-visible" aria-hidden="true">
      <path d="M0 4h100" className="stroke-edge" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
      {marks.map((x) => (
        <path key={x} d={`M${x} 1v6`} className="stroke-lamp" strokeWidth="3" vectorEffect="non-scaling-stroke" />
      ))}
    </svg>
  )
}

const SEATS_FEW = 3
