// The whole page: the empty state, or a call.
import { useKeys } from './hooks/useKeys.ts'
import { useSession } from '../sdk/react/useSession.ts'
import { Announcer } from './parts/Announcer.tsx'
import { Cockpit } from './parts/Cockpit.tsx'
import { Header } from './parts/Header.tsx'
import { Welcome } from './parts/Welcome.tsx'

/** The page. */
export function App() {
  useKeys()
  const fresh = useSession((state) => state.entries.length === 0 && state.life.phase !== 'live' && state.life.phase !== 'reconnecting')
  return (
    <div className="flex min-h-dvh flex-col">
      <Header />
      {fresh ? <Welcome /> : <Cockpit />}
      <Announcer />
    </div>
  )
}
