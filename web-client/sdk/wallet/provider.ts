// A wallet in the browser: EIP-1193 to speak to it, EIP-6963 to find it. It knows no wallet by name.

/** What every wallet has (EIP-1193). */
export interface Eip1193Provider {
  request(call: { readonly method: string; readonly params?: readonly unknown[] | object }): Promise<unknown>
  on?(event: string, listener: (...args: readonly never[]) => void): unknown
  removeListener?(event: string, listener: (...args: readonly never[]) => void): unknown
}

/** A wallet that said it is there (EIP-6963), or one of before, which only lies at `window.ethereum`. */
export interface FoundWallet {
  /** Names this wallet while the page lives. */
  readonly id: string
  /** As it calls itself, cut short. */
  readonly name: string
  /** Its maker's name on the net; the same after a reload. */
  readonly rdns: string
  readonly provider: Eip1193Provider
}

/** Calls `found` with all wallets each time one more says that it is there; answers the function that ends it. */
export function discoverWallets(found: (wallets: readonly FoundWallet[]) => void, target: EventTarget & { readonly ethereum?: unknown } = globalThis.window): () => void {
  const wallets = new Map<string, FoundWallet>()
  const tell = () => found(wallets.size > 0 ? [...wallets.values()] : before(target))
  const announced = (event: Event) => {
    const wallet = walletOf(event)
    // Which came first is kept: another one must not slip in under its name.
    if (wallet === null || wallets.has(wallet.id) || wallets.size >= WALLETS_MAX) return
    wallets.set(wallet.id, wallet)
    tell()
  }
  target.addEventListener(ANNOUNCE, announced)
  target.dispatchEvent(new Event(REQUEST))
  tell()
  return () => target.removeEventListener(ANNOUNCE, announced)
}

function walletOf(event: Event): FoundWallet | null {
  const { info, provider } = ((event as CustomEvent<unknown>).detail ?? {}) as { info?: Readonly<Record<string, unknown>>; provider?: unknown }
  const { uuid, name, rdns } = info ?? {}
  if (typeof uuid !== 'string' || typeof name !== 'string' || !isProvider(provider)) return null
  return { id: uuid, name: name.trim().slice(0, NAME_CHARS_MAX) || 'Wallet', rdns: typeof rdns === 'string' ? rdns : '', provider }
}

function before({ ethereum }: { readonly ethereum?: unknown }): readonly FoundWallet[] {
  return isProvider(ethereum) ? [{ id: 'ethereum', name: 'Browser wallet', rdns: '', provider: ethereum }] : []
}

function isProvider(value: unknown): value is Eip1193Provider {
  return typeof value === 'object' && value !== null && typeof (value as { request?: unknown }).request === 'function'
}

const ANNOUNCE = 'eip6963:announceProvider'
const REQUEST = 'eip6963:requestProvider'
const WALLETS_MAX = 12
const NAME_CHARS_MAX = 60
