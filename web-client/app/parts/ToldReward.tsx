// Reads out, politely, the reward that has just moved on.
import { useWallet } from '../../sdk/react/useWallet.ts'
import { useClaiming } from '../hooks/useClaiming.ts'
import { stageMeaning, stageName } from '../text/rewards.ts'

/** A live region that nobody sees; it stands where it can be heard, also within an open sheet. */
export function ToldReward() {
  const reward = useWallet((state) => state.lastTold)
  const claiming = useClaiming()
  return (
    <p role="status" className="sr-only" data-told>
      {reward === null ? '' : `Reward for booking ${Array.from(reward.reference).join(' ')}: ${reward.trvl} TRVL. ${stageName(reward.stage, claiming)}. ${stageMeaning(reward.stage, claiming)}`}
    </p>
  )
}
