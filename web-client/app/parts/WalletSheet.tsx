// The traveller's rewards, over the page: what there is, whose it is, and how each came to be.
import { useEffect, useLayoutEffect, useRef } from 'react'
import { useWallet } from '../../sdk/react/useWallet.ts'
import { Button } from '../ui/Button.tsx'
import { sheetStore, wallet } from '../wallet.ts'
import { Agreements } from './Agreements.tsx'
import { Balance } from './Balance.tsx'
import { Icon } from './Icon.tsx'
import { JoinCard } from './JoinCard.tsx'
import { Referral } from './Referral.tsx'
import { RewardList } from './RewardList.tsx'
import { TierGauge } from './TierGauge.tsx'
import { ToldReward } from './ToldReward.tsx'
import { WalletHolder } from './WalletHolder.tsx'
import { WalletTrouble } from './WalletTrouble.tsx'

/** A modal of the browser's own: it keeps the focus, and gives it back. The call goes on behind it. */
export function WalletSheet() {
  const dialog = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])
  useEffect(() => wallet.watch(), [])
  // Where the button that was pressed goes, as after signing in, the focus would go with it. Without dependencies: it draws again only then.
  useWallet((state) => state.overview?.holder)
  useEffect(() => {
    if (document.activeElement === document.body) dialog.current?.focus()
  })
  return (
    // A touch beside the sheet closes it, as Escape does; for keys there is the button.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
    <dialog
      ref={dialog}
      tabIndex={-1}
      aria-label="Your rewards"
      data-wallet
      className="sheet m-0 ml-auto h-dvh max-h-none w-full max-w-md overflow-y-auto border-l border-line bg-ground text-ink"
      onClick={(event) => event.target === event.currentTarget && close()}
      onClose={(event) => event.currentTarget.open || close()}
    >
      <div className="flex min-h-full flex-col gap-4 px-4 pb-8 sm:px-5">
        <div className="sticky top-0 z-2 -mx-4 flex h-14 items-center justify-between bg-ground px-4 sm:-mx-5 sm:px-5">
          <h1 className="text-lg font-bold">Your rewards</h1>
          <Button variant="quiet" size="icon" aria-label="Close" onClick={close}>
            <Icon name="failed" />
          </Button>
        </div>
        <Content />
        <ToldReward />
      </div>
    </dialog>
  )
}

function Content() {
  const life = useWallet((state) => state.life)
  const overview = useWallet((state) => state.overview)
  if (life.phase === 'failed') {
    const again = life.failure.reason !== 'no-rewards'
    return <WalletTrouble failure={life.failure} actions={again ? <Button variant="solid" onClick={() => void wallet.refresh()}>Try again</Button> : undefined} />
  }
  if (life.phase === 'none') return <JoinCard />
  if (overview === null) return <p role="status" className="py-8 text-center text-soft">Looking at your rewards</p>
  return (
    <>
      <JoinCard />
      <Balance overview={overview} />
      <WalletHolder overview={overview} />
      <RewardList />
      <TierGauge overview={overview} />
      <Referral friends={overview.referral} />
      <Agreements friends={overview.referral} />
      <p className="px-1 text-xs text-faint">
        {overview.chain.name}
        {overview.chain.block === null ? '' : `, block ${overview.chain.block}`}
      </p>
    </>
  )
}

function close(): void {
  sheetStore.setState({ open: false })
}
