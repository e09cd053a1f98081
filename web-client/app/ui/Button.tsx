// A button, in the shadcn/ui manner: variants by class, any element by `asChild`.
import { type VariantProps, cva } from 'class-variance-authority'
import { Slot } from 'radix-ui'
import type { ComponentProps } from 'react'
import { classes } from './classes.ts'

const variants = cva(
  'inline-flex shrink-0 items-center justify-center gap-2 rounded-full text-sm font-bold whitespace-nowrap transition-colors disabled:cursor-default disabled:opacity-60 [&_svg]:size-5 [&_svg]:shrink-0',
  {
    variants: {
      variant: {
        solid: 'bg-lamp text-lamp-ink hover:bg-lamp/90',
        outline: 'border border-edge bg-panel text-ink hover:bg-raised',
        alarm: 'border border-alarm bg-panel text-alarm hover:bg-alarm-ground',
        quiet: 'text-soft hover:bg-raised hover:text-ink',
      },
      size: { text: 'h-11 px-5', icon: 'size-11', small: 'h-9 px-3.5 font-normal' },
    },
    defaultVariants: { variant: 'outline', size: 'text' },
  },
)

/** Properties of a button element, with a look. */
export interface ButtonProps extends ComponentProps<'button'>, VariantProps<typeof variants> {
  readonly asChild?: boolean
}

/** A button. */
export function Button({ className, variant, size, asChild = false, type = 'button', ...rest }: ButtonProps) {
  const Element = asChild ? Slot.Root : 'button'
  return <Element className={classes(variants({ variant, size }), className)} {...(asChild ? {} : { type })} {...rest} />
}
