// How good the connection is: three bars, with the figures on hover or focus.
import { type Quality, qualityOf, worstOf } from '../../sdk/link.ts'
import { useSession } from '../../sdk/react/useSession.ts'
import { Tooltip } from '../ui/Tooltip.tsx'

/** Nothing until something was measured. */
export function LinkQuality() {
  const client = useSession((state) => state.clientLink)
  const server = useSession((state) => state.serverLink)
  const quality = qualityOf([client, server])
  if (quality === null) return null
  const { label, bars, tone } = GRADES[quality]
  const { rttMs, jitterMs, lossPercent } = worstOf([client, server])
  const figures = [
    rttMs === null ? null : `${Math.round(rttMs)} ms there and back`,
    jitterMs === null ? null : `${Math.round(jitterMs)} ms jitter`,
    lossPercent === null ? null : `${lossPercent.toFixed(1)} % lost`,
  ].filter((figure) => figure !== null)
  return (
    <Tooltip content={figures.join(', ')}>
      <button type="button" className="flex h-11 items-center gap-2 rounded-full px-2 text-sm text-soft">
        <svg viewBox="0 0 16 14" className={`h-3.5 w-4 ${tone}`} aria-hidden="true">
          {[0, 1, 2].map((bar) => (
            <rect key={bar} x={bar * 6} y={9 - bar * 4} width="4" height={5 + bar * 4} rx="1" fill="currentColor" opacity={bar < bars ? 1 : 0.25} />
          ))}
        </svg>
        <span className="sr-only sm:not-sr-only">{label}</span>
      </button>
    </Tooltip>
  )
}

const GRADES: Readonly<Record<Quality, { readonly label: string; readonly bars: number; readonly tone: string }>> = {
  good: { label: 'Good connection', bars: 3, tone: 'text-well' },
  fair: { label: 'Fair connection', bars: 2, tone: 'text-lamp' },
  poor: { label: 'Poor connection', bars: 1, tone: 'text-alarm' },
}
