// A message that something is wrong, with what to do next.
import type { ReactNode } from 'react'
import { classes } from './classes.ts'

interface AlertProps {
  readonly title: string
  readonly tone?: 'alarm' | 'lamp'
  readonly children?: ReactNode
  readonly actions?: ReactNode
}

/** A message that something is wrong; read out at once by screen readers when it is an alarm. */
export function Alert({ title, tone = 'alarm', children, actions }: AlertProps) {
  const alarm = tone === 'alarm'
  return (
    <div
      role={alarm ? 'alert' : 'status'}
      className={classes('rise w-full rounded-2xl border px-4 py-3 text-left', alarm ? 'border-alarm bg-alarm-ground' : 'border-lamp bg-panel')}
    >
      <p className={classes('font-bold', alarm ? 'text-alarm' : 'text-lamp')}>{title}</p>
      {children === undefined ? null : <div className="mt-1 text-sm leading-relaxed text-ink">{children}</div>}
      {actions === undefined ? null : <div className="mt-3 flex flex-wrap gap-2">{actions}</div>}
    </div>
  )
}
