// The last seconds of both voices on one canvas: the caller above the line, Voxfare below it. It is for the eye alone.
import { useEffect, useRef } from 'react'
import type { Levels } from '../../sdk/levels.ts'
import { useLevels } from '../../sdk/react/useLevels.ts'
import { useMedia } from '../hooks/useMedia.ts'
import { Trace } from '../trace.ts'
import { classes } from '../ui/classes.ts'

/** It moves only while there is something to show, glides by less than a bar a frame, and steps four times a second where motion is unwelcome. */
export function Waveform({ className }: { readonly className?: string }) {
  const still = useMedia('(prefers-reduced-motion: reduce)')
  const canvas = useRef<HTMLCanvasElement>(null)
  const levels = useRef<Levels>(SILENCE)
  const wake = useRef<() => void>(undefined)
  useLevels((now) => {
    levels.current = now
    wake.current?.()
  })
  useEffect(() => {
    const element = canvas.current
    const pen = element?.getContext('2d') ?? null
    if (element === null || pen === null) return undefined
    const trace = new Trace(BARS_MAX)
    let frame: number | null = null
    let drawnAt = 0
    const draw = (now: number) => {
      trace.take(now, levels.current)
      const busy = !trace.silent
      if (!still || !busy || now - drawnAt >= STEP_MS) {
        drawnAt = now
        paint(element, pen, trace, still ? 0 : trace.phase(now))
      }
      frame = busy ? requestAnimationFrame(draw) : null
    }
    wake.current = () => {
      if (frame === null && (levels.current.microphone > 0 || levels.current.voice > 0)) frame = requestAnimationFrame(draw)
    }
    // The size and the theme change the picture of silence as well.
    const again = () => paint(element, pen, trace, 0)
    const size = new ResizeObserver(again)
    size.observe(element)
    const theme = new MutationObserver(again)
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    scheme.addEventListener('change', again)
    return () => {
      wake.current = undefined
      if (frame !== null) cancelAnimationFrame(frame)
      size.disconnect()
      theme.disconnect()
      scheme.removeEventListener('change', again)
    }
  }, [still])
  // The three colours are handed to the canvas as properties that resolve to plain ones.
  return <canvas ref={canvas} aria-hidden="true" data-part="waveform" className={classes('block border-lamp text-caller caret-line', className)} />
}

function paint(element: HTMLCanvasElement, pen: CanvasRenderingContext2D, trace: Trace, phase: number): void {
  const scale = Math.min(devicePixelRatio, SCALE_MAX)
  const { clientWidth: width, clientHeight: height } = element
  if (element.width !== Math.round(width * scale) || element.height !== Math.round(height * scale)) {
    element.width = Math.round(width * scale)
    element.height = Math.round(height * scale)
  }
  pen.setTransform(scale, 0, 0, scale, 0, 0)
  pen.clearRect(0, 0, width, height)
  const { color, borderTopColor, caretColor } = getComputedStyle(element)
  const middle = height / 2
  pen.fillStyle = caretColor
  pen.fillRect(0, middle - 0.5, width, 1)
  const shown = Math.min(BARS_MAX, Math.ceil(width / PITCH) + 1)
  for (const [levels, side, colour] of [[trace.microphone, -1, color], [trace.voice, 1, borderTopColor]] as const) {
    pen.fillStyle = colour
    pen.beginPath()
    for (let back = 0; back < shown; back++) {
      const tall = levels[levels.length - 1 - back] ?? 0
      // Loudness is logarithmic; the eye wants the swing of a voice back.
      const reach = tall ** SWING * (middle - GAP)
      if (reach < 0.75) continue
      const x = width - (back + phase) * PITCH - BAR
      pen.roundRect(x, side < 0 ? middle - GAP - reach : middle + GAP, BAR, reach, BAR / 2)
    }
    pen.fill()
  }
}

const SILENCE: Levels = { microphone: 0, voice: 0 }
const BARS_MAX = 256
const PITCH = 4
const BAR = 2.5
const GAP = 2
const SWING = 1.7
const SCALE_MAX = 3
const STEP_MS = 250
