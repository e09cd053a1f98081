// Reads a part of the wallet's state.
import { use, useCallback, useSyncExternalStore } from 'react'
import type { WalletState } from '../wallet/state.ts'
import { WalletContext } from './WalletProvider.tsx'

/** The picked part; the component draws again only when it changes. Pick what the state holds, and make nothing new of it. */
export function useWallet<T>(pick: (state: WalletState) => T): T {
  const wallet = use(WalletContext)
  if (wallet === null) throw new Error('There is no <WalletProvider> above this component.')
  const read = () => pick(wallet.state)
  const subscribe = useCallback((changed: () => void) => wallet.subscribe(changed), [wallet])
  return useSyncExternalStore(subscribe, read, read)
}
