// Gives the session to the hooks below it.
import { type ReactNode, createContext } from 'react'
import type { VoxfareSession } from '../session.ts'

/** The session of the nearest provider. */
export const SessionContext = createContext<VoxfareSession | null>(null)

/** Everything inside talks to this session; make it once, outside of any component. */
export function SessionProvider({ session, children }: { readonly session: VoxfareSession; readonly children: ReactNode }) {
  return <SessionContext value={session}>{children}</SessionContext>
}
