// A small mark on a card.
import { type VariantProps, cva } from 'class-variance-authority'
import type { ComponentProps } from 'react'
import { classes } from './classes.ts'

const variants = cva('inline-flex items-center rounded-full border px-2 py-0.5 text-xs leading-4 whitespace-nowrap', {
  variants: {
    tone: {
      plain: 'border-line text-soft',
      lamp: 'border-lamp text-lamp',
      well: 'border-well text-well',
      alarm: 'border-alarm text-alarm',
    },
  },
  defaultVariants: { tone: 'plain' },
})

/** A small mark on a card. */
export function Badge({ className, tone, ...rest }: ComponentProps<'span'> & VariantProps<typeof variants>) {
  return <span className={classes(variants({ tone }), className)} {...rest} />
}
