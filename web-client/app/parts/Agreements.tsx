// What the traveller agreed to, and the way to take it back.
import { useWallet } from '../../sdk/react/useWallet.ts'
import type { Consent, Friends, TermsPage } from '../../sdk/wallet/words.ts'
import { formatMoment } from '../text/format.ts'
import { Button } from '../ui/Button.tsx'
import { Panel } from '../ui/Panel.tsx'
import { wallet } from '../wallet.ts'
import { TermsText } from './TermsText.tsx'
import { WalletTrouble } from './WalletTrouble.tsx'

/** Each text that is agreed to, with its words; nothing where there is none. */
export function Agreements({ friends }: { readonly friends: Friends }) {
  const terms = useWallet((state) => state.terms)
  const consents = useWallet((state) => state.consents)
  const joining = useWallet((state) => state.joining)
  const held = (terms?.terms ?? []).flatMap((page) => {
    const consent = consents.find(({ text, version, taken_back_at: end }) => text === page.text && version >= page.version && end === null)
    return consent === undefined ? [] : [{ page, consent }]
  })
  return (
    <>
      {held.length === 0 ? null : (
        <Panel title="What you agreed to">
          <div className="flex flex-col gap-2 px-4 pb-4">
            {held.map(({ page, consent }) => (
              <TermsText key={page.text} page={page}>
                <Held page={page} consent={consent} isFinal={page.text === 'referral' && friends.joined !== null} busy={joining.phase === 'taking-back'} />
              </TermsText>
            ))}
            {joining.phase === 'failed' && joining.of === 'taking-back' ? <WalletTrouble failure={joining.failure} /> : null}
          </div>
        </Panel>
      )}
      <p role="status" className="sr-only" data-joined-now>
        {joining.phase === 'joined' ? 'You agreed. Bookings earn from now on.' : joining.phase === 'taken-back' ? 'You took back your agreement.' : ''}
      </p>
    </>
  )
}

interface HeldProps {
  readonly page: TermsPage
  readonly consent: Consent
  /** It cannot be taken back. */
  readonly isFinal: boolean
  readonly busy: boolean
}

function Held({ page, consent, isFinal, busy }: HeldProps) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-2">
      <p className="text-xs text-faint">{consent.agreed_at === null ? 'Agreed' : `Agreed ${formatMoment(consent.agreed_at)}`}</p>
      {isFinal ? null : (
        <Button size="small" disabled={busy} aria-label={`Take back: ${page.title}`} onClick={() => void wallet.takeBack(page.text)}>
          Take back
        </Button>
      )}
    </div>
  )
}
