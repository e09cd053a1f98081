// What can be shown beside the talk: flights, hotels, a quote, a booking. It never formats and never prices.
import { type Decoder, arrayOf, nullable, num, object, oneOf, optional, str, bool, tagged } from './decode.ts'

/** An amount in minor units of a currency (cents of USD). */
export interface Money {
  readonly minor: number
  /** ISO 4217 code. */
  readonly currency: string
}

/** `economy`, `premium_economy`, `business` or `first`. */
export type Cabin = 'economy' | 'premium_economy' | 'business' | 'first'

/** `synthetic` is the embedded demonstration world: nothing is really sold. */
export type Source = 'synthetic' | 'live'

/** Who travels. */
export interface Party {
  readonly adults: number
  readonly children: number
  readonly infants: number
}

/** One take-off and landing. `departs` and `arrives` are local civil times without a zone; `*_at` are instants. */
export interface Segment {
  readonly airline: string
  readonly airline_name: string
  readonly number: number
  readonly origin: string
  readonly destination: string
  readonly departs: string
  readonly arrives: string
  readonly departs_at: string
  readonly arrives_at: string
  readonly aircraft: string
}

/** One direction of a journey: at least one segment, in order. */
export interface Itinerary {
  readonly segments: readonly Segment[]
}

/** What the fare allows. */
export interface FareRules {
  readonly brand: string
  readonly cabin_bags: number
  readonly checked_bags: number
  readonly change_fee: Money | null
  readonly refund_fee: Money | null
}

/** A priced journey. */
export interface FlightOffer {
  readonly id: string
  readonly legs: readonly Itinerary[]
  readonly party: Party
  readonly cabin: Cabin
  readonly total: Money
  readonly seats_left: number
  readonly rules: FareRules
  readonly source: Source
}

/** A priced stay. */
export interface HotelOffer {
  readonly id: string
  readonly name: string
  readonly district: string
  readonly city: string
  readonly stars: number
  readonly check_in: string
  readonly check_out: string
  readonly total: Money
  readonly free_cancellation: boolean
  readonly source: Source
}

/** A traveller's name as it will stand on the ticket. */
export interface Traveller {
  readonly given: string
  readonly family: string
}

/** What is being bought. */
export type Item =
  | { readonly kind: 'flight'; readonly offer: FlightOffer }
  | { readonly kind: 'hotel'; readonly offer: HotelOffer }

/** A stored booking. */
export interface Booking {
  readonly reference: string
  readonly state: 'confirmed' | 'cancelled'
  readonly made_at: string
  readonly order: { readonly item: Item; readonly travellers: readonly Traveller[] }
}

/** Something to show. */
export type Card =
  | { readonly kind: 'flights'; readonly offers: readonly FlightOffer[] }
  | { readonly kind: 'hotels'; readonly offers: readonly HotelOffer[] }
  | { readonly kind: 'quote'; readonly item: Item; readonly travellers: readonly Traveller[] }
  | { readonly kind: 'booking'; readonly booking: Booking }

const money = object<Money>({ minor: num, currency: str })
const cabin = oneOf<Cabin>('economy', 'premium_economy', 'business', 'first')
const source = oneOf<Source>('synthetic', 'live')

const segment = object<Segment>({
  airline: str, airline_name: str, number: num, origin: str, destination: str,
  departs: str, arrives: str, departs_at: str, arrives_at: str, aircraft: str,
})

const flightOffer = object<FlightOffer>({
  id: str,
  legs: arrayOf(object<Itinerary>({ segments: arrayOf(segment, 1) }), 1),
  party: object<Party>({ adults: num, children: num, infants: num }),
  cabin, total: money, seats_left: num, source,
  rules: object<FareRules>({
    brand: str, cabin_bags: num, checked_bags: num, change_fee: nullable(money), refund_fee: nullable(money),
  }),
})

const hotelOffer = object<HotelOffer>({
  id: str, name: str, district: str, city: str, stars: num, check_in: str, check_out: str,
  total: money, free_cancellation: bool, source,
})

const travellers = arrayOf(object<Traveller>({ given: str, family: str }))

const item: Decoder<Item> = tagged<Item>('kind', {
  flight: object({ kind: oneOf('flight'), offer: flightOffer }),
  hotel: object({ kind: oneOf('hotel'), offer: hotelOffer }),
})

/** Reads a card from foreign JSON; `null` for anything that is not one we can show. */
export const card: Decoder<Card> = tagged<Card>('kind', {
  flights: object({ kind: oneOf('flights'), offers: arrayOf(flightOffer) }),
  hotels: object({ kind: oneOf('hotels'), offers: arrayOf(hotelOffer) }),
  quote: object({ kind: oneOf('quote'), item, travellers: optional(travellers, []) }),
  booking: object({
    kind: oneOf('booking'),
    booking: object<Booking>({
      reference: str, state: oneOf<Booking['state']>('confirmed', 'cancelled'), made_at: str,
      order: object<Booking['order']>({ item, travellers: optional(travellers, []) }),
    }),
  }),
})
