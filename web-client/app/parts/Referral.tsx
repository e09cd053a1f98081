// The traveller's own code for friends.
import { Panel } from '../ui/Panel.tsx'
import { CopyButton } from './CopyButton.tsx'

/** The code, ready to be handed on. */
export function Referral({ code }: { readonly code: string }) {
  return (
    <Panel title="Bring a friend">
      <div className="px-4 pb-3">
        <p className="flex items-center gap-1">
          <span className="font-mono text-lg tracking-[0.08em] break-all" data-referral>{code}</span>
          <CopyButton text={code} what="your referral code" />
        </p>
        <p className="text-sm text-soft">This code is yours for good. Joining by the code of a friend opens later.</p>
      </div>
    </Panel>
  )
}
