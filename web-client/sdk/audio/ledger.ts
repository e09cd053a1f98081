// Knows which saying each played sample belongs to, and so how much of each was heard. Pure: the counts are arguments.

/** Of a saying that was cut: how much of it was heard. */
export interface HeardItem {
  readonly itemId: string
  readonly audioEndMs: number
}

interface Run {
  readonly itemId: string
  readonly samples: number
}

/** The book of what was queued and played. All counts are samples of one rate, since the beginning. */
export class PlaybackLedger {
  readonly #rateHz: number
  /** Queued and not yet played whole, in order. */
  #runs: Run[] = []
  /** Where the first run begins. */
  #begun = 0
  #played = 0
  #queued = 0
  readonly #heard = new Map<string, number>()
  readonly #whole = new Set<string>()
  readonly #cut = new Set<string>()

  constructor(rateHz: number) {
    this.#rateHz = rateHz
  }

  /** False for a saying that was cut: nothing of it may be played any more. */
  accepts(itemId: string): boolean {
    return !this.#cut.has(itemId)
  }

  /** So many samples of a saying were queued. */
  add(itemId: string, samples: number): void {
    if (samples === 0) return
    this.#queued += samples
    this.#runs.push({ itemId, samples })
    if (!this.#heard.has(itemId)) remember(this.#heard, itemId, 0)
  }

  /** All sound of a saying was queued. */
  finish(itemId: string): void {
    if (this.#heard.has(itemId)) rememberIn(this.#whole, itemId)
  }

  /** So many samples of all were played; what is less than before, or more than was queued, is a mistake and counts for nothing. */
  played(total: number): void {
    this.#played = Math.min(Math.max(total, this.#played), this.#queued)
    for (let run = this.#runs[0]; run !== undefined; run = this.#runs[0]) {
      const part = Math.min(run.samples, this.#played - this.#begun)
      if (part < run.samples) return
      this.#begun += run.samples
      this.#runs.shift()
      this.#heard.set(run.itemId, (this.#heard.get(run.itemId) ?? 0) + run.samples)
    }
  }

  /** The sound was stopped after `total`: what was still queued is gone. Answers each saying that was not heard whole. */
  cut(total: number): readonly HeardItem[] {
    this.played(total)
    const [partly] = this.#runs
    if (partly !== undefined) this.#heard.set(partly.itemId, (this.#heard.get(partly.itemId) ?? 0) + this.#played - this.#begun)
    const lost = new Set(this.#runs.map(({ itemId }) => itemId))
    // Also a saying that ran dry: the rest of it is still on its way.
    for (const itemId of this.#heard.keys()) if (!this.#whole.has(itemId) && !this.#cut.has(itemId)) lost.add(itemId)
    this.#runs = []
    this.#queued = this.#played
    this.#begun = this.#played
    for (const itemId of lost) rememberIn(this.#cut, itemId)
    return [...lost].map((itemId) => ({ itemId, audioEndMs: Math.floor((1000 * (this.#heard.get(itemId) ?? 0)) / this.#rateHz) }))
  }

  /** How much is queued and not yet played, in ms. */
  get waitingMs(): number {
    return (1000 * (this.#queued - this.#played)) / this.#rateHz
  }

  /** There is sound that was not heard yet. */
  get sounding(): boolean {
    return this.#queued > this.#played
  }
}

function remember(map: Map<string, number>, itemId: string, samples: number): void {
  map.set(itemId, samples)
  for (const oldest of map.keys()) {
    if (map.size <= ITEMS_MAX) return
    map.delete(oldest)
  }
}

function rememberIn(set: Set<string>, itemId: string): void {
  set.add(itemId)
  for (const oldest of set) {
    if (set.size <= ITEMS_MAX) return
    set.delete(oldest)
  }
}

/** Sayings that are remembered; older ones are long over. */
const ITEMS_MAX = 200
