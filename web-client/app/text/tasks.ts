// What each tool call is called on the page. Words only.
import type { TaskState } from '../../sdk/events.ts'

/** A task in words; an unknown tool is called by its name. */
export function taskName(name: string): string {
  return Object.hasOwn(NAMES, name) ? (NAMES[name] ?? name) : name.replaceAll('_', ' ')
}

/** How a task stands. */
export function taskState(state: TaskState): string {
  return STATES[state]
}

const NAMES: Readonly<Record<string, string>> = {
  search_flights: 'Searching flights',
  search_hotels: 'Searching hotels',
  weather: 'Looking up the weather',
  local_time: 'Looking up the local time',
  airport_info: 'Looking up airports',
  baggage_rules: 'Looking up baggage rules',
  book: 'Booking',
  cancel_booking: 'Cancelling the booking',
  find_booking: 'Finding your booking',
}

const STATES: Readonly<Record<TaskState, string>> = {
  started: 'running',
  pending: 'being checked',
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
}
