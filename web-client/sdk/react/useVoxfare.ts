// The session itself, to start, mute, type and hang up.
import { use } from 'react'
import type { VoxfareSession } from '../session.ts'
import { SessionContext } from './SessionProvider.tsx'

/** The session of the nearest provider; throws where there is none. */
export function useVoxfare(): VoxfareSession {
  const session = use(SessionContext)
  if (session === null) throw new Error('There is no <SessionProvider> above this component.')
  return session
}
