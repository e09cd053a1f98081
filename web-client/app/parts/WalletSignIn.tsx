// Signing in with a wallet: which one, what it asks, and what went wrong.
import { useWallet } from '../../sdk/react/useWallet.ts'
import { signInWords } from '../text/wallets.ts'
import { Alert } from '../ui/Alert.tsx'
import { Button } from '../ui/Button.tsx'
import { wallet } from '../wallet.ts'
import { WalletTrouble } from './WalletTrouble.tsx'

/** One wallet is a button, several are a choice, none is said with what to do. */
export function WalletSignIn() {
  const wallets = useWallet((state) => state.wallets)
  const signIn = useWallet((state) => state.signIn)
  const signedOut = useWallet((state) => state.signedOut)
  const has = useWallet((state) => state.overview !== null)
  const name = signIn.phase === 'idle' ? '' : (wallets.find(({ id }) => id === signIn.wallet)?.name ?? 'your wallet')
  const busy = signIn.phase !== 'idle' && signIn.phase !== 'failed'
  return (
    <>
      {signedOut ? (
        <Alert tone="lamp" title="Your wallet was signed out">
          {has ? 'Bookings earn for this account until you sign in again.' : 'Bookings earn nothing until you sign in again.'} What the wallet holds is safe.
        </Alert>
      ) : null}
      {signIn.phase === 'failed' ? <WalletTrouble failure={signIn.failure} name={name} /> : null}
      {wallets.length === 0 ? <NoWallet /> : <Choice wallets={wallets} busy={busy} />}
      <p role="status" className="text-sm text-lamp empty:hidden">{busy ? signInWords(signIn.phase, name) : ''}</p>
    </>
  )
}

function Choice({ wallets, busy }: { readonly wallets: readonly { readonly id: string; readonly name: string }[]; readonly busy: boolean }) {
  const [only] = wallets
  if (only !== undefined && wallets.length === 1) {
    return (
      <Button variant="solid" disabled={busy} onClick={() => void wallet.signIn(only.id)}>
        Sign in with {only.name}
      </Button>
    )
  }
  return (
    <div className="flex flex-col gap-2">
      <p id="wallets" className="text-sm font-bold">Sign in with</p>
      <ul aria-labelledby="wallets" className="flex flex-col gap-2">
        {wallets.map(({ id, name }) => (
          <li key={id}>
            <Button className="h-auto min-h-11 w-full justify-start px-3 py-1.5 text-left whitespace-normal" disabled={busy} onClick={() => void wallet.signIn(id)}>
              <Monogram name={name} />
              {name}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Wallets bring pictures as `data:` addresses, which the page's policy rightly keeps out: their letter stands for them. */
function Monogram({ name }: { readonly name: string }) {
  return (
    <span aria-hidden="true" className="grid size-7 shrink-0 place-items-center rounded-lg bg-raised font-mono text-lamp">
      {name.slice(0, 1).toUpperCase()}
    </span>
  )
}

function NoWallet() {
  return (
    <p className="text-sm text-soft">
      There is no wallet in this browser. You need none: Voxfare can keep your rewards for you. To hold them yourself, install one, such as MetaMask or Rabby, and reload this page; ethereum.org{' '}
      <a href="https://ethereum.org/wallets/find-wallet/" target="_blank" rel="noreferrer" className="text-lamp underline underline-offset-2">
        helps to choose
      </a>
      .
    </p>
  )
}
