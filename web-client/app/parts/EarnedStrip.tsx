// What a booking of this call earned, under its card; it lights up when the reward moves on.
import { useRewards } from '../../sdk/react/useRewards.ts'
import { useClaiming } from '../hooks/useClaiming.ts'
import { stageMeaning } from '../text/rewards.ts'
import { sheetStore } from '../wallet.ts'
import { Button } from '../ui/Button.tsx'
import { RewardAmount } from './RewardAmount.tsx'
import { RewardSteps } from './RewardSteps.tsx'

/** Nothing until the server has told of a reward for it. */
export function EarnedStrip({ reference }: { readonly reference: string }) {
  const reward = useRewards().find((each) => each.reference === reference)
  const claiming = useClaiming()
  if (reward === undefined || reward.stage === 'nothing') return null
  const { stage, trvl } = reward
  return (
    // The key makes the light begin anew with each stage.
    <div key={stage} data-reward={reference} data-stage={stage} data-trvl={trvl} className="glow flex flex-col gap-3 rounded-b-2xl border-t border-line px-4 py-3">
      <div className="flex items-baseline justify-between gap-3">
        <h3 className="text-sm font-bold text-soft">Reward</h3>
        <RewardAmount stage={stage} trvl={trvl} />
      </div>
      <RewardSteps stage={stage} />
      <div className="flex items-center justify-between gap-3">
        <p className="text-sm text-soft">{stageMeaning(stage, claiming)}</p>
        <Button size="small" onClick={() => sheetStore.setState({ open: true })}>
          {stage === 'issued' && claiming.own ? 'Claim' : 'All rewards'}
        </Button>
      </div>
    </div>
  )
}
