// What was earned in this call.
import type { ToldReward } from '../state.ts'
import { useSession } from './useSession.ts'

/** Each booking's reward as it was told of last, oldest first. */
export function useRewards(): readonly ToldReward[] {
  return useSession((state) => state.rewards)
}
