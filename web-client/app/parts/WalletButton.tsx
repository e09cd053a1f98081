// Opens the rewards, and shows what there is of them.
import { useSession } from '../../sdk/react/useSession.ts'
import { useWallet } from '../../sdk/react/useWallet.ts'
import { sheetStore } from '../wallet.ts'
import { Button } from '../ui/Button.tsx'
import { Icon } from './Icon.tsx'

/** Nothing on a server that is known to give none. */
export function WalletButton() {
  const life = useWallet((state) => state.life)
  const known = useWallet((state) => state.overview?.balance ?? null)
  const told = useSession((state) => state.account?.balance ?? null)
  const open = sheetStore((state) => state.open)
  if (life.phase === 'failed' && life.failure.reason === 'no-rewards' && !open) return null
  const balance = known ?? told
  return (
    <Button
      variant="quiet"
      aria-haspopup="dialog"
      aria-label={balance === null ? 'Rewards' : `Rewards: ${balance.trvl} TRVL`}
      className="px-3 font-normal"
      onClick={() => sheetStore.setState({ open: true })}
    >
      <Icon name="wallet" />
      {balance === null ? <span className="hidden sm:inline">Rewards</span> : <span className="tabular-nums" data-balance={balance.wei}>{balance.trvl}</span>}
    </Button>
  )
}
