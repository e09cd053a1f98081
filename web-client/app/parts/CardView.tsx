// Draws whatever card the server shows.
import type { Card } from '../../sdk/travel.ts'
import { BookingCard } from './BookingCard.tsx'
import { FlightStrip } from './FlightStrip.tsx'
import { HotelStrip } from './HotelStrip.tsx'
import { OffersCard } from './OffersCard.tsx'
import { QuoteCard } from './QuoteCard.tsx'

/** One card. */
export function CardView({ card }: { readonly card: Card }) {
  switch (card.kind) {
    case 'flights':
      return <OffersCard title="Flights" none="No flights on that day." offers={card.offers.map((offer) => <li key={offer.id}><FlightStrip offer={offer} /></li>)} />
    case 'hotels':
      return <OffersCard title="Hotels" none="No rooms for those nights." offers={card.offers.map((offer) => <li key={offer.id}><HotelStrip offer={offer} /></li>)} />
    case 'quote':
      return <QuoteCard item={card.item} travellers={card.travellers} />
    case 'booking':
      return <BookingCard booking={card.booking} />
  }
}
