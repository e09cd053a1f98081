// What each stage of a reward is called on the page, its steps, and what it means for the traveller. Words only.
import type { RewardStage } from '../../sdk/wallet/words.ts'

/** One step of a reward's way. */
export interface RewardStep {
  readonly label: string
  readonly state: 'done' | 'now' | 'ahead'
  /** It leads back. */
  readonly back: boolean
}

/** Who does what next: the server pays for the claim, or the traveller's own wallet makes it. */
export interface Claiming {
  readonly own: boolean
}

/** The way of a reward, and where on it this one is; empty when there was nothing to earn. */
export function stepsOf(stage: RewardStage): readonly RewardStep[] {
  switch (stage) {
    case 'nothing':
      return []
    case 'reversing':
      return [step('Earned', 'done'), step('Cancelled', 'done', true), step('Taken back', 'now', true)]
    case 'reversed':
      return [step('Earned', 'done'), step('Cancelled', 'done', true), step('Taken back', 'done', true)]
    case 'owing':
      return [step('Earned', 'done'), step('Paid', 'done'), step('Cancelled', 'done', true), step('Owed back', 'now', true)]
    default: {
      const at = ONWARD.findIndex((each) => each.stage === stage)
      return ONWARD.map(({ label, stage: end }, place) => step(label, place < at || (place === at && end === 'settled') ? 'done' : place === at ? 'now' : 'ahead'))
    }
  }
}

/** A stage in a word or two. */
export function stageName(stage: RewardStage, { own }: Claiming): string {
  return stage === 'issued' && own ? 'Ready to claim' : NAMES[stage]
}

/** What holds at a stage, and what comes next. */
export function stageMeaning(stage: RewardStage, { own }: Claiming): string {
  return stage === 'issued' && own ? 'The voucher is signed. Claim it with your wallet.' : MEANINGS[stage]
}

function step(label: string, state: RewardStep['state'], back = false): RewardStep {
  return { label, state, back }
}

const ONWARD: readonly { readonly stage: RewardStage; readonly label: string }[] = [
  { stage: 'earned', label: 'Earned' },
  { stage: 'issued', label: 'Signed' },
  { stage: 'claimed', label: 'Claimed' },
  { stage: 'paid', label: 'Paid' },
  { stage: 'settled', label: 'Settled' },
]

const NAMES: Readonly<Record<RewardStage, string>> = {
  nothing: 'No reward',
  earned: 'Earned',
  issued: 'Voucher signed',
  claimed: 'Claimed',
  paid: 'Paid',
  settled: 'Settled',
  reversing: 'Being taken back',
  reversed: 'Taken back',
  owing: 'Owed back',
}

const MEANINGS: Readonly<Record<RewardStage, string>> = {
  nothing: 'This booking earns nothing.',
  earned: 'The voucher for it is being signed.',
  issued: 'The voucher is signed. Voxfare claims it for you.',
  claimed: 'It is paid once the time for taking it back is over.',
  paid: 'The chain is making sure of it.',
  settled: 'It is yours.',
  reversing: 'The booking was cancelled. The chain is making sure of it.',
  reversed: 'The booking was cancelled before the reward was paid.',
  owing: 'The booking was cancelled after the reward was paid, so it is owed back.',
}
