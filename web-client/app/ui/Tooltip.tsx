// A tooltip for pointer and keyboard, in the shadcn/ui manner.
import { Tooltip as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

interface TooltipProps {
  readonly content: ReactNode
  readonly children: ReactNode
}

/** Shows `content` while the child is hovered or focused. The child must take focus. */
export function Tooltip({ content, children }: TooltipProps) {
  return (
    <Radix.Provider delayDuration={150}>
      <Radix.Root>
        <Radix.Trigger asChild>{children}</Radix.Trigger>
        <Radix.Portal>
          <Radix.Content sideOffset={8} collisionPadding={12} className="rise z-50 max-w-80 rounded-xl border border-edge bg-panel px-3 py-2 text-sm text-ink shadow-lg">
            {content}
          </Radix.Content>
        </Radix.Portal>
      </Radix.Root>
    </Radix.Provider>
  )
}
