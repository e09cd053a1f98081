// What was earned, newest first.
import { useState } from 'react'
import { useWallet } from '../../sdk/react/useWallet.ts'
import { Button } from '../ui/Button.tsx'
import { Panel } from '../ui/Panel.tsx'
import { wallet } from '../wallet.ts'
import { RewardLine } from './RewardLine.tsx'

/** All that was asked for so far; older ones on request. */
export function RewardList() {
  const rewards = useWallet((state) => state.rewards)
  const next = useWallet((state) => state.next)
  const [busy, setBusy] = useState(false)
  const older = () => {
    setBusy(true)
    void wallet.older().finally(() => setBusy(false))
  }
  if (rewards.length === 0) {
    return (
      <Panel title="Earned">
        <p className="px-4 pb-4 text-sm text-soft">Nothing yet. What your bookings earn, and how far each reward is, stands here.</p>
      </Panel>
    )
  }
  return (
    <Panel title="Earned">
      <ol aria-label="Rewards" className="divide-y divide-line overflow-hidden rounded-b-2xl border-t border-line">
        {rewards.map((reward) => (
          <RewardLine key={reward.booking} reward={reward} />
        ))}
      </ol>
      {next === null ? null : (
        <div className="border-t border-line p-2">
          <Button variant="quiet" size="small" disabled={busy} onClick={older}>
            Show older ones
          </Button>
        </div>
      )}
    </Panel>
  )
}
