// The instrument: one big button with a gauge for each voice and a horizon that shows the state.
import { useId, useRef } from 'react'
import type { Life } from '../../sdk/state.ts'
import { useLevels } from '../../sdk/react/useLevels.ts'
import { useSession } from '../../sdk/react/useSession.ts'
import { type DialAction, dialAction, pressDial, pressLabel, standing } from '../talk.ts'
import { classes } from '../ui/classes.ts'
import { Icon, type IconName } from './Icon.tsx'

/** The big button. Left gauge: the caller; right gauge: Voxfare. */
export function Dial({ className }: { readonly className?: string }) {
  const state = useSession((all) => all)
  const id = useId()
  const mine = useRef<SVGPathElement>(null)
  const theirs = useRef<SVGPathElement>(null)
  useLevels(({ microphone, voice }) => {
    mine.current?.setAttribute('stroke-dasharray', `${100 * microphone} 200`)
    theirs.current?.setAttribute('stroke-dasharray', `${100 * voice} 200`)
  })
  const action = dialAction(state)
  return (
    <button
      type="button"
      onClick={pressDial}
      aria-disabled={action === 'none'}
      aria-label={`${pressLabel(state)}. ${standing(state)}.`}
      data-activity={activityOf(state.life)}
      className={classes('dial group relative aspect-square shrink-0 rounded-full', action === 'none' && 'cursor-progress', className)}
    >
      <svg viewBox="0 0 240 240" className="size-full" aria-hidden="true">
        <defs>
          <clipPath id={`${id}c`}>
            <circle cx="120" cy="120" r="82" />
          </clipPath>
          <mask id={`${id}m`} maskUnits="userSpaceOnUse" x="0" y="0" width="240" height="240">
            <path ref={mine} d={LEFT} {...LIT} />
          </mask>
          <mask id={`${id}t`} maskUnits="userSpaceOnUse" x="0" y="0" width="240" height="240">
            <path ref={theirs} d={RIGHT} {...LIT} />
          </mask>
        </defs>
        <circle cx="120" cy="120" r="117" className="fill-panel stroke-line" strokeWidth="1.5" />
        <path d={LEFT} className="stroke-line" {...TICKS} />
        <path d={RIGHT} className="stroke-line" {...TICKS} />
        <path d={LEFT} className="stroke-caller" mask={`url(#${id}m)`} {...TICKS} />
        <path d={RIGHT} className="stroke-lamp" mask={`url(#${id}t)`} {...TICKS} />
        <g clipPath={`url(#${id}c)`}>
          <rect width="240" height="240" fill="var(--sky)" />
          <g className="dial-horizon">
            <rect x="-60" y="120" width="360" height="240" fill="var(--earth)" />
            <path d="M-60 120h360" className="stroke-lamp" strokeWidth="2" />
            <path d="M104 72h32M110 56h20M104 168h32M110 184h20" className="stroke-edge" strokeWidth="1.5" opacity="0.55" />
          </g>
        </g>
        <circle cx="120" cy="120" r="82" fill="none" className="stroke-edge transition-colors group-hover:stroke-lamp" strokeWidth="2" />
        <path d="M38 120h14M188 120h14" className="stroke-lamp" strokeWidth="3" strokeLinecap="round" />
        <path d="M120 8v14" className="stroke-edge" strokeWidth="2" />
        <circle cx="120" cy="120" r="39" className="fill-lamp" />
      </svg>
      <Icon name={ICONS[action]} className="absolute inset-0 m-auto size-[17%] text-lamp-ink" />
    </button>
  )
}

function activityOf(life: Life): string {
  if (life.phase === 'live') return life.activity
  return life.phase === 'idle' || life.phase === 'ended' || life.phase === 'failed' ? 'off' : 'waiting'
}

const ICONS: Readonly<Record<DialAction, IconName>> = {
  start: 'microphone',
  interrupt: 'stop',
  mute: 'microphone',
  unmute: 'muted',
  'open-microphone': 'muted',
  none: 'microphone',
}

/** A gauge from below to the top: 26 ticks over the path's nominal length of 100. */
const TICKS = { fill: 'none', strokeWidth: 14, pathLength: 100, strokeDasharray: '1.5 2.44' } as const
const LIT = { fill: 'none', stroke: 'white', strokeWidth: 20, pathLength: 100, strokeDasharray: '0 200' } as const
const RADIUS = 100
const LEFT = gauge(212, 346, 1)
const RIGHT = gauge(148, 14, 0)

function gauge(from: number, to: number, sweep: 0 | 1): string {
  return `M${point(from)}A${RADIUS} ${RADIUS} 0 0 ${sweep} ${point(to)}`
}

/** The point of the ring at `degrees` clockwise from the top. */
function point(degrees: number): string {
  const turn = (degrees * Math.PI) / 180
  return `${(120 + RADIUS * Math.sin(turn)).toFixed(2)} ${(120 - RADIUS * Math.cos(turn)).toFixed(2)}`
}
