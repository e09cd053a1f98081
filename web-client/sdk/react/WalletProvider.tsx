// Gives the wallet to the hooks below it.
import { type ReactNode, createContext } from 'react'
import type { VoxfareWallet } from '../wallet/wallet.ts'

/** The wallet of the nearest provider. */
export const WalletContext = createContext<VoxfareWallet | null>(null)

/** Everything inside looks at this wallet; make it once, outside of any component. */
export function WalletProvider({ wallet, children }: { readonly wallet: VoxfareWallet; readonly children: ReactNode }) {
  return <WalletContext value={wallet}>{children}</WalletContext>
}
