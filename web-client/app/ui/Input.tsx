// A line of text to fill in.
import type { ComponentProps } from 'react'
import { classes } from './classes.ts'

/** A line of text to fill in. */
export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return (
    <input
      className={classes('h-11 w-full min-w-0 rounded-full border border-edge bg-panel px-4 text-base text-ink placeholder:text-faint', className)}
      {...rest}
    />
  )
}
