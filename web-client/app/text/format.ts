// How amounts, dates and durations stand on the page. Pure; local civil times are shown as they are, never shifted.
import type { Cabin, Itinerary, Money, Party, Traveller } from '../../sdk/travel.ts'

/** An amount with its currency; the currency decides its decimals, and whole amounts go without them. */
export function formatMoney({ minor, currency }: Money, locale = LOCALE): string {
  const digits = decimalsOf(currency)
  const whole = minor % 10 ** digits === 0
  const amount = minor / 10 ** digits
  try {
    const fractionDigits = whole ? 0 : digits
    return new Intl.NumberFormat(locale, {
      style: 'currency', currency, minimumFractionDigits: fractionDigits, maximumFractionDigits: fractionDigits,
    }).format(amount)
  } catch {
    return `${amount.toFixed(whole ? 0 : digits)} ${currency}`
  }
}

/** `Thu 3 Dec` of a civil date or date-time. */
export function formatDay(civil: string, locale = LOCALE): string {
  const date = civilDate(civil)
  if (date === null) return civil
  return new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' }).format(date)
}

/** The clock time of a civil date-time, in the reader's way of writing it. */
export function formatTime(civil: string, locale = LOCALE): string {
  const date = civilDate(civil)
  if (date === null) return civil
  return new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit', timeZone: 'UTC' }).format(date)
}

/** Whole days from one civil date to another; 1 for an arrival on the next day. */
export function daysBetween(from: string, to: string): number {
  const [start, end] = [civilDate(from.slice(0, 10)), civilDate(to.slice(0, 10))]
  return start === null || end === null ? 0 : Math.round((end.getTime() - start.getTime()) / DAY_MS)
}

/** `27 Nov, 10:31` of an instant, where the reader is. */
export function formatMoment(ms: number, locale = LOCALE): string {
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' }).format(ms)
}

/** `0x9858…da94`. */
export function formatAddress(address: string): string {
  return address.length <= 14 ? address : `${address.slice(0, 6)}\u2026${address.slice(-4)}`
}

/** `7 h 25 min`. */
export function formatMinutes(minutes: number): string {
  const [hours, rest] = [Math.floor(minutes / 60), Math.round(minutes % 60)]
  if (hours === 0) return `${rest} min`
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`
}

/** Minutes from first departure to last arrival; null when the instants cannot be read. */
export function minutesOf({ segments }: Itinerary): number | null {
  const [first, last] = [segments[0], segments.at(-1)]
  const ms = Date.parse(last?.arrives_at ?? '') - Date.parse(first?.departs_at ?? '')
  return Number.isFinite(ms) ? Math.round(ms / 60_000) : null
}

/** `Nonstop`, or the number of stops and where they are. */
export function formatStops({ segments }: Itinerary): string {
  const via = segments.slice(1).map((segment) => segment.origin)
  if (via.length === 0) return 'Nonstop'
  return `${via.length} ${via.length === 1 ? 'stop' : 'stops'}, ${via.join(', ')}`
}

/** The airlines of a leg, each once. */
export function airlinesOf({ segments }: Itinerary): string {
  return [...new Set(segments.map((segment) => segment.airline_name))].join(' and ')
}

/** `2 adults, 1 child`. */
export function formatParty({ adults, children, infants }: Party): string {
  const parts = [count(adults, 'adult', 'adults'), count(children, 'child', 'children'), count(infants, 'infant', 'infants')]
  return parts.filter((part) => part !== '').join(', ')
}

/** `Ada Lovelace and Alan Turing`. */
export function formatTravellers(travellers: readonly Traveller[]): string {
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(travellers.map(({ given, family }) => `${given} ${family}`))
}

/** The name of a cabin. */
export function formatCabin(cabin: Cabin): string {
  return CABINS[cabin]
}

/** `340 ms`, or `2.1 s` from one second on. */
export function formatMs(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

/** Nights of a stay. */
export function formatNights(checkIn: string, checkOut: string): string {
  return count(daysBetween(checkIn, checkOut), 'night', 'nights')
}

function count(number: number, one: string, many: string): string {
  if (number <= 0) return ''
  return `${number} ${number === 1 ? one : many}`
}

function civilDate(civil: string): Date | null {
  const parts = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}))?/u.exec(civil)
  if (parts === null) return null
  const date = new Date(`${parts[1]}T${parts[2] ?? '00:00'}:00Z`)
  return Number.isNaN(date.getTime()) ? null : date
}

function decimalsOf(currency: string): number {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  } catch {
    return 2
  }
}

const CABINS: Readonly<Record<Cabin, string>> = {
  economy: 'Economy',
  premium_economy: 'Premium economy',
  business: 'Business',
  first: 'First',
}

const DAY_MS = 86_400_000

/** The reader's own English, so that a time is written as they write it; the page itself is in English. */
const LOCALE = (globalThis.navigator?.languages ?? []).find((language) => language.startsWith('en')) ?? 'en'
