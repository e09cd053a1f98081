// The whole page: the empty state, or a call.
import { useKeys } from './hooks/useKeys.ts'
import { useSession } from '../sdk/react/useSession.ts'
import { Announcer } from './parts/Announcer.tsx'
import { Cockpit } from './parts/Cockpit.tsx'
import { Header } from './parts/Header.tsx'
import { WalletSheet } from './parts/WalletSheet.tsx'
import { Welcome } from './parts/Welcome.tsx'
import { sheetStore } from './wallet.ts'

/** The page. */
export function App() {
  useKeys()
  const fresh = useSession((state) => state.entries.length === 0 && state.life.phase !== 'live' && state.life.phase !== 'reconnecting')
  const rewards = sheetStore((state) => state.open)
  return (
    <div className="flex min-h-dvh flex-col">
      <Header />
      {fresh ? <Welcome /> : <Cockpit />}
      <Announcer />
      {rewards ? <WalletSheet /> : null}
    </div>
  )
}
