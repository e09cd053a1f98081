// What is being bought: a flight or a stay.
import type { Item } from '../../sdk/travel.ts'
import { FlightStrip } from './FlightStrip.tsx'
import { HotelStrip } from './HotelStrip.tsx'

/** One item as its strip. */
export function ItemView({ item }: { readonly item: Item }) {
  return item.kind === 'flight' ? <FlightStrip offer={item.offer} /> : <HotelStrip offer={item.offer} />
}
