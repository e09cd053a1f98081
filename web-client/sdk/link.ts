// Reads the quality of the link out of the browser's statistics. Pure: the report is an argument.
import type { NetworkSample } from './state.ts'

/** Counters of the last look, to tell what was lost since. */
export interface LinkCounters {
  readonly received: number
  readonly lost: number
}

/** How good a link is for talking. */
export type Quality = 'good' | 'fair' | 'poor'

/** Reads one statistics report; loss is over the time since `before`. */
export function readLink(report: Iterable<Readonly<Record<string, unknown>>>, before: LinkCounters | null): readonly [NetworkSample, LinkCounters | null] {
  let rttMs: number | null = null
  let jitterMs: number | null = null
  let counters: LinkCounters | null = null
  for (const entry of report) {
    if (entry['type'] === 'candidate-pair' && entry['nominated'] === true) rttMs = ms(entry['currentRoundTripTime']) ?? rttMs
    if (entry['type'] !== 'inbound-rtp' || entry['kind'] !== 'audio') continue
    jitterMs = ms(entry['jitter'])
    const { packetsReceived: received, packetsLost: lost } = entry
    if (typeof received === 'number' && typeof lost === 'number') counters = { received, lost: Math.max(0, lost) }
  }
  return [{ rttMs, jitterMs, lossPercent: lossPercent(before, counters) }, counters]
}

/** Judges both ends' looks by the worst figure of either; null when nothing is known. */
export function qualityOf(samples: readonly (NetworkSample | null)[]): Quality | null {
  const worst = worstOf(samples)
  if (worst.lossPercent === null && worst.jitterMs === null && worst.rttMs === null) return null
  const grades = [
    grade(worst.lossPercent, LOSS_PERCENT_FAIR, LOSS_PERCENT_POOR),
    grade(worst.jitterMs, JITTER_MS_FAIR, JITTER_MS_POOR),
    grade(worst.rttMs, RTT_MS_FAIR, RTT_MS_POOR),
  ]
  if (grades.includes('poor')) return 'poor'
  return grades.includes('fair') ? 'fair' : 'good'
}

/** The worst known figure of each kind. */
export function worstOf(samples: readonly (NetworkSample | null)[]): NetworkSample {
  const most = (pick: (sample: NetworkSample) => number | null) => {
    const known = samples.map((sample) => (sample === null ? null : pick(sample))).filter((figure) => figure !== null)
    return known.length === 0 ? null : Math.max(...known)
  }
  return { lossPercent: most((s) => s.lossPercent), jitterMs: most((s) => s.jitterMs), rttMs: most((s) => s.rttMs) }
}

function lossPercent(before: LinkCounters | null, now: LinkCounters | null): number | null {
  if (before === null || now === null) return null
  const lost = Math.max(0, now.lost - before.lost)
  const all = lost + Math.max(0, now.received - before.received)
  return all === 0 ? null : (100 * lost) / all
}

function grade(figure: number | null, fair: number, poor: number): Quality {
  if (figure === null || figure < fair) return 'good'
  return figure < poor ? 'fair' : 'poor'
}

function ms(seconds: unknown): number | null {
  return typeof seconds === 'number' ? seconds * 1000 : null
}

// Where talk begins to suffer, and where it breaks up; ITU-T G.114 puts comfortable talk below 150 ms one way.
const LOSS_PERCENT_FAIR = 2
const LOSS_PERCENT_POOR = 8
const JITTER_MS_FAIR = 30
const JITTER_MS_POOR = 80
const RTT_MS_FAIR = 200
const RTT_MS_POOR = 400
