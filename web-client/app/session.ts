// The page's one session and the store its parts read from.
import { create } from 'zustand'
import type { Failure } from '../sdk/failure.ts'
import { VoxfareSession } from '../sdk/session.ts'
import type { SessionState } from '../sdk/state.ts'

/** The page's session with the server of its own origin. */
export const session = new VoxfareSession()

/** The session's state as a store. */
export const sessionStore = create<SessionState>(() => session.state)

/** Why the microphone could not join a typed call; null when nothing stood in the way. */
export const microphoneStore = create<{ readonly failure: Failure | null }>(() => ({ failure: null }))

session.subscribe((state) => sessionStore.setState(state, true))
