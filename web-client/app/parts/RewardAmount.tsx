// What a reward comes to, and whether it still does.
import type { RewardStage } from '../../sdk/wallet/words.ts'

interface RewardAmountProps {
  readonly stage: RewardStage
  readonly trvl: string
}

/** Struck through once it was taken back; marked where it is owed. */
export function RewardAmount({ stage, trvl }: RewardAmountProps) {
  if (stage === 'nothing') return null
  if (stage === 'reversed' || stage === 'reversing') {
    return (
      <span className="tabular-nums whitespace-nowrap text-soft">
        <span className="sr-only">Taken back: </span>
        <del className="decoration-alarm">{trvl} TRVL</del>
      </span>
    )
  }
  if (stage === 'owing') return <span className="tabular-nums whitespace-nowrap text-alarm">owed {trvl} TRVL</span>
  return <span className="tabular-nums whitespace-nowrap">+{trvl} TRVL</span>
}
