// The page's one session, and what stands beside it.
import { create } from 'zustand'
import type { Failure } from '../sdk/failure.ts'
import { VoxfareSession } from '../sdk/session.ts'

/** The page's session with the server of its own origin. */
export const session = new VoxfareSession()

/** Why the microphone could not join a typed call; null when nothing stood in the way. */
export const microphoneStore = create<{ readonly failure: Failure | null }>(() => ({ failure: null }))
