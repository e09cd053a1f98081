// Asks whether the traveller wants rewards, and what they agree to by that: before there is an account, and when a text is new.
import { useMemo } from 'react'
import { useWallet } from '../../sdk/react/useWallet.ts'
import { textsToAgree } from '../../sdk/wallet/state.ts'
import { joinWords } from '../text/joining.ts'
import { Button } from '../ui/Button.tsx'
import { Panel } from '../ui/Panel.tsx'
import { wallet } from '../wallet.ts'
import { TermsText } from './TermsText.tsx'
import { WalletSignIn } from './WalletSignIn.tsx'
import { WalletTrouble } from './WalletTrouble.tsx'

/** What it is in two sentences, the texts, and one button; nothing where nothing is asked. */
export function JoinCard() {
  const terms = useWallet((state) => state.terms)
  const overview = useWallet((state) => state.overview)
  const joining = useWallet((state) => state.joining)
  const pages = useMemo(() => textsToAgree({ terms, overview }), [terms, overview])
  if (pages.length === 0) return null
  const anew = overview === null
  const busy = joining.phase === 'joining'
  const { title, intro, button, agreeing } = joinWords(overview?.asks ?? null, pages.length)
  return (
    <Panel title={title} className={anew ? '' : 'border-lamp'}>
      <div className="flex flex-col gap-3 px-4 pb-4" data-join={anew ? 'anew' : 'asked'}>
        <p className="leading-relaxed">{intro}</p>
        {pages.map((page) => (
          <TermsText key={page.text} page={page} />
        ))}
        {joining.phase === 'failed' && joining.of === 'joining' ? <WalletTrouble failure={joining.failure} /> : null}
        <p className="text-sm text-soft">{agreeing}</p>
        <Button variant="solid" disabled={busy} onClick={() => void wallet.join()}>
          {busy ? 'One moment' : button}
        </Button>
        {anew ? <ByWallet /> : null}
      </div>
    </Panel>
  )
}

function ByWallet() {
  const some = useWallet((state) => state.wallets.length > 0)
  return (
    <div className="mt-1 flex flex-col gap-3 border-t border-line pt-4">
      {some ? <p className="text-sm text-soft">Or hold your rewards yourself. If you sign in with a wallet, you agree to the same.</p> : null}
      <WalletSignIn />
    </div>
  )
}
