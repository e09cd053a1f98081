// Says what went wrong with a wallet, and offers what can be done about it.
import type { ReactNode } from 'react'
import type { WalletFailure } from '../../sdk/wallet/failure.ts'
import { walletTrouble } from '../text/wallets.ts'
import { Alert } from '../ui/Alert.tsx'

interface WalletTroubleProps {
  readonly failure: WalletFailure
  /** The wallet's name, where it is known. */
  readonly name?: string
  readonly actions?: ReactNode
}

/** An alarm, or a quiet word where there is nothing to be alarmed of. */
export function WalletTrouble({ failure, name, actions }: WalletTroubleProps) {
  const { title, body, calm } = walletTrouble(failure, name)
  return (
    <Alert title={title} tone={calm ? 'lamp' : 'alarm'} actions={actions}>
      {body}
    </Alert>
  )
}
