// Remembers which events have come, so that none counts twice when a lost line comes back. Pure, and bounded.

/** The events of one session that have come. */
export class Seen {
  readonly #ids = new Set<string>()
  #last: string | null = null

  /** The last new event, by its `event_id`: what a client that comes back tells the server. */
  get last(): string | null {
    return this.#last
  }

  /** False for an event that has come before; an event without a name is always new. */
  take(eventId: unknown): boolean {
    if (typeof eventId !== 'string' || eventId === '') return true
    if (this.#ids.has(eventId)) return false
    this.#ids.add(eventId)
    this.#last = eventId
    for (const oldest of this.#ids) {
      if (this.#ids.size <= IDS_MAX) break
      this.#ids.delete(oldest)
    }
    return true
  }

  /** A new session begins. */
  clear(): void {
    this.#ids.clear()
    this.#last = null
  }
}

/** Names that are remembered: twice what the server keeps. */
const IDS_MAX = 1_024
