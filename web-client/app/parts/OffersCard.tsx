// Offers that were found: the first few, the rest on request.
import { type ReactNode, useState } from 'react'
import { useMedia } from '../hooks/useMedia.ts'
import { Button } from '../ui/Button.tsx'
import { Panel } from '../ui/Panel.tsx'

interface OffersCardProps {
  readonly title: string
  readonly none: string
  /** One element an offer, each with its key. */
  readonly offers: readonly ReactNode[]
}

/** A list of strips. */
export function OffersCard({ title, none, offers }: OffersCardProps) {
  const [all, setAll] = useState(false)
  const wide = useMedia('(min-width: 64rem)')
  if (offers.length === 0) {
    return (
      <Panel title={title}>
        <p className="px-4 pb-4 text-sm">{none}</p>
      </Panel>
    )
  }
  const shown = all ? offers : offers.slice(0, wide ? SHOWN_FIRST_WIDE : SHOWN_FIRST)
  return (
    <Panel title={title} aside={<span className="text-sm text-soft">{offers.length} found</span>}>
      <ol className="divide-y divide-line border-t border-line">{shown}</ol>
      {shown.length === offers.length ? null : (
        <div className="border-t border-line p-2">
          <Button variant="quiet" size="small" onClick={() => setAll(true)}>
            Show {offers.length - shown.length} more
          </Button>
        </div>
      )}
    </Panel>
  )
}

const SHOWN_FIRST_WIDE = 4
const SHOWN_FIRST = 2
