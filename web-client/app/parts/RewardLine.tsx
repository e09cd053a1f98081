// One reward: for what, how much, how far, and what the traveller can do.
import { useWallet } from '../../sdk/react/useWallet.ts'
import type { ListedReward } from '../../sdk/wallet/state.ts'
import { useClaiming } from '../hooks/useClaiming.ts'
import { formatMoment, formatMoney } from '../text/format.ts'
import { stageMeaning, stageName } from '../text/rewards.ts'
import { Button } from '../ui/Button.tsx'
import { classes } from '../ui/classes.ts'
import { wallet } from '../wallet.ts'
import { RewardAmount } from './RewardAmount.tsx'
import { RewardSteps } from './RewardSteps.tsx'
import { WalletTrouble } from './WalletTrouble.tsx'

/** It lights up when the call tells of it. */
export function RewardLine({ reward }: { readonly reward: ListedReward }) {
  const { reference, stage, trvl, why, told } = reward
  const claiming = useClaiming()
  const claimable = useWallet((state) => state.vouchers.some(({ booking }) => booking === reward.booking))
  const mine = stage === 'issued' && claiming.own
  return (
    <li data-reward={reference} data-stage={stage} data-trvl={trvl}>
      {/* The key makes the light begin anew each time. */}
      <div key={told} className={classes('flex flex-col gap-3 px-4 py-3', told > 0 && 'glow')}>
        <div className="flex items-baseline justify-between gap-3">
          <h3 className="font-mono tracking-[0.08em]">{reference}</h3>
          <RewardAmount stage={stage} trvl={trvl} />
        </div>
        <RewardSteps stage={stage} />
        {why === '' ? null : <p className={classes('text-sm break-words', stage === 'owing' && 'text-alarm')}>{why}</p>}
        {/* The server's own words say what a stage means, but not who is to claim. */}
        {why === '' || mine ? <p className={classes('text-sm', stage === 'owing' ? 'text-alarm' : 'text-soft')}>{stageMeaning(stage, claiming)}</p> : null}
        {mine && claimable ? <ClaimButton booking={reward.booking} /> : null}
        <Origin reward={reward} />
      </div>
    </li>
  )
}

function ClaimButton({ booking }: { readonly booking: string }) {
  const claim = useWallet((state) => state.claims[booking] ?? null)
  if (claim?.phase === 'sent') return <p role="status" className="text-sm text-well">Sent to the chain. It takes a moment to be seen there.</p>
  return (
    <>
      {claim?.phase === 'failed' ? <WalletTrouble failure={claim.failure} /> : null}
      <Button variant="solid" className="self-start" disabled={claim?.phase === 'asking'} onClick={() => void wallet.claim(booking)}>
        {claim?.phase === 'asking' ? 'Confirm it in your wallet' : 'Claim with my wallet'}
      </Button>
    </>
  )
}

function Origin({ reward: { stage, why, commission_minor: minor, currency, earned_at: earnedAt, stage_at: stageAt } }: { readonly reward: ListedReward }) {
  const parts = [
    earnedAt === null ? '' : `Earned ${formatMoment(earnedAt)}`,
    stageAt === null || earnedAt === null || stageAt - earnedAt < MINUTE_MS ? '' : `${stageName(stage, { own: false })} ${formatMoment(stageAt)}`,
    why !== '' || minor === null || currency === null ? '' : `Commission ${formatMoney({ minor, currency })}`,
  ].filter((part) => part !== '')
  return parts.length === 0 ? null : <p className="text-xs text-faint">{parts.join(' · ')}</p>
}

const MINUTE_MS = 60_000
