// The traveller's level, and how far the next one is, on a scale like the dial's.
import { useId } from 'react'
import { useWallet } from '../../sdk/react/useWallet.ts'
import { missingWei, percentOf, writeTrvl } from '../../sdk/wallet/amount.ts'
import type { Overview } from '../../sdk/wallet/words.ts'
import { Badge } from '../ui/Badge.tsx'
import { Panel } from '../ui/Panel.tsx'

/** The scale is left out where there is no level above. */
export function TierGauge({ overview }: { readonly overview: Overview }) {
  const tiers = useWallet((state) => state.tiers)
  const { tier, staked } = overview
  const next = tiers?.tiers.find(({ level }) => level === tier.level + 1) ?? null
  return (
    <Panel title="Level" aside={tier.boost_percent > 0 ? <Badge tone="well">+{tier.boost_percent} % yield</Badge> : undefined}>
      <div className="flex flex-col gap-2 px-4 pb-4">
        <p className="text-lg font-bold" data-tier={tier.level}>{tier.name}</p>
        {next === null ? null : (
          <>
            <Scale percent={percentOf(staked.wei, next.min_wei)} label={`On the way to ${next.name}`} />
            <p className="text-sm text-soft">
              Stake {writeTrvl(missingWei(staked.wei, next.min_wei))} TRVL more{next.lock_days > 0 ? ` for ${days(next.lock_days)}` : null} to be {next.name}{next.boost_percent > 0 ? `: +${next.boost_percent} % on what the stake yields` : null}.
            </p>
          </>
        )}
      </div>
    </Panel>
  )
}

function Scale({ percent, label }: { readonly percent: number; readonly label: string }) {
  const id = useId()
  return (
    <div role="progressbar" aria-label={label} aria-valuenow={percent} aria-valuemin={0} aria-valuemax={100}>
      <svg viewBox="0 0 320 16" className="h-4 w-full" preserveAspectRatio="none" aria-hidden="true">
        <mask id={id} maskUnits="userSpaceOnUse" x="0" y="0" width="320" height="16">
          <rect width={3.2 * percent} height="16" fill="white" />
        </mask>
        <path d="M0 8h320" className="stroke-line" {...TICKS} />
        <path d="M0 8h320" className="stroke-lamp" mask={`url(#${id})`} {...TICKS} />
      </svg>
    </div>
  )
}

function days(count: number): string {
  return count === 1 ? 'a day' : `${count} days`
}

/** The dial's ticks, laid out straight. */
const TICKS = { fill: 'none', strokeWidth: 14, strokeDasharray: '3 5' } as const
