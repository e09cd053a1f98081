// What the traveller has, what is on its way, and what is owed.
import { useWallet } from '../../sdk/react/useWallet.ts'
import { isSome, worthMinor } from '../../sdk/wallet/amount.ts'
import type { Amount, Overview, Price } from '../../sdk/wallet/words.ts'
import { formatMoney } from '../text/format.ts'

/** The balance large, the rest in lines where there is any. */
export function Balance({ overview }: { readonly overview: Overview }) {
  const price = useWallet((state) => state.price)
  const { balance, pending, staked, owing } = overview
  const worth = worthOf(balance, price)
  return (
    <section aria-label="Balance" className="rounded-2xl border border-line bg-panel px-4 py-4">
      <p className="flex flex-wrap items-baseline gap-x-2" data-held={balance.wei}>
        <span className="text-4xl tabular-nums break-all">{balance.trvl}</span>
        <span className="text-soft">TRVL</span>
        {worth === null ? null : <span className="ml-auto text-sm text-soft">about {worth}</span>}
      </p>
      <dl className="mt-2 flex flex-col gap-1 text-sm empty:hidden">
        <Line term="On its way" amount={pending} />
        <Line term="Staked" amount={staked} />
        <Line term="Owed back" amount={owing} tone="text-alarm" />
      </dl>
      {isSome(owing.wei) ? <p className="mt-2 border-t border-line pt-2 text-sm text-soft">A booking was cancelled after its reward was paid, so that reward is owed back.</p> : null}
    </section>
  )
}

function Line({ term, amount, tone = '' }: { readonly term: string; readonly amount: Amount; readonly tone?: string }) {
  if (!isSome(amount.wei)) return null
  return (
    <div className="flex items-baseline justify-between gap-3">
      <dt className="text-soft">{term}</dt>
      <dd className={`tabular-nums ${tone}`}>{amount.trvl} TRVL</dd>
    </div>
  )
}

/** In the currency of the price; null where that says too little. */
function worthOf({ wei }: Amount, price: Price | null): string | null {
  if (price === null || !isSome(wei)) return null
  const minor = worthMinor(wei, price.minor_per_trvl)
  return minor > BigInt(Number.MAX_SAFE_INTEGER) ? null : formatMoney({ minor: Number(minor), currency: price.currency })
}
