// What Voxfare is doing for the caller.
import type { Task } from '../state.ts'
import { useSession } from './useSession.ts'

/** Searches, bookings and other acts, oldest first. */
export function useTasks(): readonly Task[] {
  return useSession((state) => state.tasks)
}
