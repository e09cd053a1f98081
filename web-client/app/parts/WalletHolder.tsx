// Whose the rewards are: kept by Voxfare, or in a wallet of one's own.
import type { Overview } from '../../sdk/wallet/words.ts'
import { formatAddress } from '../text/format.ts'
import { Badge } from '../ui/Badge.tsx'
import { Button } from '../ui/Button.tsx'
import { Panel } from '../ui/Panel.tsx'
import { wallet } from '../wallet.ts'
import { CopyButton } from './CopyButton.tsx'
import { WalletSignIn } from './WalletSignIn.tsx'

/** The address, and the way to a wallet of one's own or out of it. */
export function WalletHolder({ overview }: { readonly overview: Overview }) {
  const { kind, address } = overview.holder
  const own = kind === 'own'
  return (
    <Panel title={own ? 'Your wallet' : 'Kept for you'} aside={<Badge tone={own ? 'well' : 'plain'}>{own ? 'Signed in' : 'No wallet needed'}</Badge>}>
      <div className="flex flex-col gap-3 px-4 pb-4">
        {address === null ? null : (
          <p className="flex items-center gap-1">
            <span className="font-mono" title={address} data-address={address} data-kind={kind}>
              <span aria-hidden="true">{formatAddress(address)}</span>
              <span className="sr-only">Address {address}</span>
            </span>
            <CopyButton text={address} what="the address" />
            {own ? (
              <Button variant="quiet" size="small" className="ml-auto" onClick={() => void wallet.signOut()}>
                Sign out
              </Button>
            ) : null}
          </p>
        )}
        {own ? null : (
          <>
            <p className="text-sm text-soft">Voxfare keeps your rewards under this address, and only this browser can see them. Sign in with a wallet to hold them yourself.</p>
            <WalletSignIn />
          </>
        )}
      </div>
    </Panel>
  )
}
