// The traveller among friends: the own code, the code of the friend who brought them, and what those who came earn them.
import { useState } from 'react'
import { useWallet } from '../../sdk/react/useWallet.ts'
import type { Friends, TermsPage } from '../../sdk/wallet/words.ts'
import { walletTrouble } from '../text/wallets.ts'
import { Alert } from '../ui/Alert.tsx'
import { Button } from '../ui/Button.tsx'
import { Panel } from '../ui/Panel.tsx'
import { wallet } from '../wallet.ts'
import { CopyButton } from './CopyButton.tsx'
import { TermsText } from './TermsText.tsx'

/** The code, ready to be handed on; and a friend's, to be taken. */
export function Referral({ friends }: { readonly friends: Friends }) {
  const step = useWallet((state) => state.friend)
  const page = useWallet((state) => state.terms?.terms.find(({ text }) => text === 'referral') ?? null)
  return (
    <Panel title="Bring a friend">
      <div className="flex flex-col gap-3 px-4 pb-4">
        {friends.code === null ? null : (
          <div>
            <p className="flex items-center gap-1">
              <span className="font-mono text-lg tracking-[0.08em] break-all" data-referral>{friends.code}</span>
              <CopyButton text={friends.code} what="your referral code" />
            </p>
            <p className="text-sm text-soft" data-friends={friends.friends}>{brought(friends.friends)}</p>
          </div>
        )}
        {friends.credit === null || friends.credit.wei === '0' ? null : (
          <p className="flex items-center justify-between gap-2" data-credit={friends.credit.wei}>
            <span>
              <span className="tabular-nums whitespace-nowrap">{friends.credit.trvl} TRVL</span> <span className="text-sm text-soft">by your friends</span>
            </span>
            <Button size="small" disabled={step.phase === 'withdrawing'} onClick={() => void wallet.withdraw()}>
              {step.phase === 'withdrawing' ? 'Taking it' : 'Take it out'}
            </Button>
          </p>
        )}
        <p className="text-sm text-soft empty:hidden" role="status" data-joined={friends.joined}>{joined(friends.joined)}</p>
        {friends.joined === null ? <FriendsCode page={page} busy={step.phase === 'naming'} /> : null}
        {step.phase === 'failed' ? (
          <Alert title={step.of === 'naming' ? 'This code was not taken' : 'Nothing was taken out'}>{walletTrouble(step.failure).body}</Alert>
        ) : null}
      </div>
    </Panel>
  )
}

function FriendsCode({ page, busy }: { readonly page: TermsPage | null; readonly busy: boolean }) {
  const [code, setCode] = useState('')
  return (
    <form
      className="flex flex-wrap items-end gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        void wallet.nameFriend(code)
      }}
    >
      <label className="flex min-w-0 flex-1 basis-40 flex-col gap-1 text-sm">
        <span className="text-soft">A friend sent you? Their code, once</span>
        <input
          name="friend"
          value={code}
          onChange={(event) => setCode(event.target.value)}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          maxLength={16}
          placeholder="8 letters and digits"
          className="h-11 min-w-0 rounded-lg border border-line bg-ground px-3 font-mono tracking-[0.08em] uppercase placeholder:font-sans placeholder:tracking-normal placeholder:text-faint placeholder:normal-case"
        />
      </label>
      <Button type="submit" disabled={busy || code.trim() === ''}>{busy ? 'Noting it' : 'Use code'}</Button>
      {page === null ? null : (
        <div className="flex w-full flex-col gap-2">
          <TermsText page={page} />
          <p className="text-sm text-soft">If you name a friend, you agree to this text.</p>
        </div>
      )}
    </form>
  )
}

function brought(count: number): string {
  if (count === 0) return 'Yours for good: who joins by it earns you a part of each booking.'
  return count === 1 ? 'One friend has joined by it.' : `${count} friends have joined by it.`
}

function joined(state: Friends['joined']): string {
  switch (state) {
    case 'reached':
      return 'You joined by the code of a friend.'
    case 'wanted':
      return 'Your friend is being noted.'
    case 'given_up':
      return 'Your friend could not be noted on the chain.'
    default:
      return ''
  }
}
