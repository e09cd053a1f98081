// Who claims: the traveller's own wallet, or the server.
import { useSession } from '../../sdk/react/useSession.ts'
import { useWallet } from '../../sdk/react/useWallet.ts'
import type { Claiming } from '../text/rewards.ts'

/** As far as it is known; the server's own word about who pays counts more than the kind of the account. */
export function useClaiming(): Claiming {
  const known = useWallet(({ overview }) => (overview === null ? null : overview.holder.kind === 'own' && !overview.sponsored))
  const told = useSession(({ account }) => account?.kind === 'own')
  return { own: known ?? told }
}
