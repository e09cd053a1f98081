// The read-back before a booking: what, for whom, for how much, on which terms.
import type { ReactNode } from 'react'
import type { FareRules, Item, Traveller } from '../../sdk/travel.ts'
import { formatMoney, formatTravellers } from '../text/format.ts'
import { Badge } from '../ui/Badge.tsx'
import { Panel } from '../ui/Panel.tsx'
import { ItemView } from './ItemView.tsx'

interface QuoteCardProps {
  readonly item: Item
  readonly travellers: readonly Traveller[]
}

/** Booked only after the caller says yes; the card says so. */
export function QuoteCard({ item, travellers }: QuoteCardProps) {
  return (
    <Panel title="Please confirm" aside={<Badge tone="lamp">Not booked yet</Badge>} className="border-lamp">
      <ItemView item={item} />
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 border-t border-line px-4 py-3 text-sm">
        {travellers.length === 0 ? null : <Row term="Travellers">{formatTravellers(travellers)}</Row>}
        {item.kind === 'flight' ? <Terms rules={item.offer.rules} /> : null}
        <Row term="Total">
          <strong>{formatMoney(item.offer.total)}</strong>
        </Row>
      </dl>
      <p className="border-t border-line px-4 py-3 text-sm text-soft">Say yes to book it, or tell Voxfare what to change.</p>
    </Panel>
  )
}

function Terms({ rules }: { readonly rules: FareRules }) {
  return (
    <>
      <Row term="Fare">{rules.brand}</Row>
      <Row term="Bags">
        {rules.cabin_bags} cabin, {rules.checked_bags} checked
      </Row>
      <Row term="Changes">{rules.change_fee === null ? 'Not allowed' : fee(rules.change_fee)}</Row>
      <Row term="Refund">{rules.refund_fee === null ? 'Not refundable' : `Refundable, ${fee(rules.refund_fee).toLowerCase()}`}</Row>
    </>
  )
}

function Row({ term, children }: { readonly term: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-soft">{term}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  )
}

function fee(money: NonNullable<FareRules['change_fee']>): string {
  return money.minor === 0 ? 'Free' : `Fee ${formatMoney(money)}`
}
