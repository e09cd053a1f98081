// A raised sheet with a title: the card of the shadcn/ui set.
import { type ReactNode, useId } from 'react'
import { classes } from './classes.ts'

interface PanelProps {
  readonly title: string
  readonly aside?: ReactNode
  readonly className?: string
  readonly children: ReactNode
}

/** A raised sheet with a title, named by it for screen readers. */
export function Panel({ title, aside, className, children }: PanelProps) {
  const id = useId()
  return (
    <section aria-labelledby={id} className={classes('rounded-2xl border border-line bg-panel', className)}>
      <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1 px-4 pt-3 pb-2">
        <h2 id={id} className="text-sm font-bold text-soft">
          {title}
        </h2>
        {aside}
      </div>
      {children}
    </section>
  )
}
