// The last seconds of both voices as one trace: the caller above the line, Voxfare below it. It is for the eye alone.
import { useRef } from 'react'
import { useLevels } from '../hooks/useLevels.ts'
import { useMedia } from '../hooks/useMedia.ts'
import { Trace } from '../trace.ts'
import { classes } from '../ui/classes.ts'

/** Drawn as vectors, so that colours follow the theme; it moves only during a call, and jumps instead of gliding where motion is unwelcome. */
export function Waveform({ className }: { readonly className?: string }) {
  const still = useMedia('(prefers-reduced-motion: reduce)')
  const trace = useRef<Trace>(null)
  const sheet = useRef<SVGGElement>(null)
  const mine = useRef<SVGPathElement>(null)
  const theirs = useRef<SVGPathElement>(null)
  useLevels((levels) => {
    trace.current ??= new Trace(BARS)
    const now = performance.now()
    trace.current.take(now, levels)
    mine.current?.setAttribute('d', bars(trace.current.microphone, -1))
    theirs.current?.setAttribute('d', bars(trace.current.voice, 1))
    sheet.current?.setAttribute('transform', `translate(${still ? 0 : (-PITCH * trace.current.phase(now)).toFixed(2)} 0)`)
  })
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" data-part="waveform" className={classes('block overflow-hidden', className)}>
      <path d={`M0 ${MIDDLE}H${WIDTH}`} className="stroke-line" strokeWidth="1" vectorEffect="non-scaling-stroke" />
      <g ref={sheet}>
        <path ref={mine} className="stroke-caller" {...BAR} />
        <path ref={theirs} className="stroke-lamp" {...BAR} />
      </g>
    </svg>
  )
}

/** Silence has no bar: the line alone stands for it. */
function bars(levels: readonly number[], direction: 1 | -1): string {
  let path = ''
  levels.forEach((level, at) => {
    const height = level * (MIDDLE - MARGIN)
    if (height >= 0.5) path += `M${(at + 1) * PITCH} ${MIDDLE + direction * 2}v${(direction * height).toFixed(1)}`
  })
  return path
}

const BARS = 64
const PITCH = 4
const WIDTH = BARS * PITCH
const HEIGHT = 64
const MIDDLE = HEIGHT / 2
const MARGIN = 4
const BAR = { fill: 'none', strokeWidth: 2, strokeLinecap: 'round', vectorEffect: 'non-scaling-stroke' } as const
