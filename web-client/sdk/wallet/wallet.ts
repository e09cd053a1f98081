// A traveller's rewards as a page uses them: looks, signs in, claims, and hears of them in a running call. What it means is decided in reduce.ts.
import { hear } from '../events.ts'
import type { ServerEvent } from '../protocol/events.gen.ts'
import { isAboutAccount } from '../reduce.ts'
import type { VoxfareSession } from '../session.ts'
import { claimVoucher } from './claim.ts'
import { WalletClient, type WalletClientOptions } from './client.ts'
import { WalletError, walletFailureOf } from './failure.ts'
import { type Eip1193Provider, type FoundWallet, discoverWallets } from './provider.ts'
import { type Loaded, type WalletEvent, reduceWallet } from './reduce.ts'
import { signInWithWallet } from './sign-in.ts'
import { type WalletState, initialWallet, isUnderWay } from './state.ts'
import type { Friends } from './words.ts'

/** How it is made. Every field may be absent. */
export interface WalletOptions extends Omit<WalletClientOptions, 'onSignedOut'> {
  /** Its bookings earn for the account, and what it hears of rewards is shown. */
  readonly session?: VoxfareSession
  /** What a token's worth is told in, ISO 4217. */
  readonly currency?: string
  /** Finds the wallets; by EIP-6963 when absent. */
  readonly discover?: (found: (wallets: readonly FoundWallet[]) => void) => () => void
}

/** One traveller's account with the server. It is made when it is first looked at, or when something is about to be booked. */
export class VoxfareWallet {
  readonly #client: WalletClient
  readonly #session: VoxfareSession | null
  readonly #currency: string
  readonly #discover: (found: (wallets: readonly FoundWallet[]) => void) => () => void
  readonly #listeners = new Set<(state: WalletState) => void>()
  #state: WalletState = initialWallet
  #wallets: readonly FoundWallet[] = []
  #loading: Promise<void> | null = null
  /** Events of rewards heard so far: an answer that they overtook is not shown. */
  #told = 0
  #renewing = false

  constructor({ session, currency = 'USD', discover = discoverWallets, ...options }: WalletOptions = {}) {
    this.#client = new WalletClient({ ...options, onSignedOut: () => this.#dispatch({ type: 'signed-out', byServer: true }) })
    this.#session = session ?? null
    this.#currency = currency
    this.#discover = discover
    session?.useAccount(this.#client.kept?.token ?? null)
    session?.onEvent((event) => this.#hear(event))
  }

  /** What is known now. The object never changes; a new one takes its place. */
  get state(): WalletState {
    return this.#state
  }

  /** Calls `listener` with every new state; answers the function that ends it. */
  subscribe(listener: (state: WalletState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Somebody looks: finds wallets, asks the server, and asks again while something is on its way; answers the function that ends it. */
  watch(): () => void {
    const end = this.#discover((wallets) => {
      this.#wallets = wallets
      this.#dispatch({ type: 'found', wallets: wallets.map(({ id, name, rdns }) => ({ id, name, rdns })) })
    })
    void this.refresh()
    const timer = setInterval(() => {
      const { rewards, overview } = this.#state
      if (rewards.some(({ stage }) => isUnderWay(stage)) || overview?.referral.joined === 'wanted' || isOwed(overview?.referral)) void this.refresh()
    }, LOOK_MS)
    return () => {
      clearInterval(timer)
      end()
    }
  }

  /** Asks the server how the account stands. Never throws: a failure is a state. */
  refresh(): Promise<void> {
    this.#loading ??= this.#load().finally(() => (this.#loading = null))
    return this.#loading
  }

  /** Reads older rewards. */
  async older(): Promise<void> {
    const { next, overview } = this.#state
    if (next === null) return
    try {
      const history = await this.#client.history(next)
      if (this.#state.overview?.account === overview?.account && this.#state.next === next) this.#dispatch({ type: 'older', history })
    } catch (thrown) {
      this.#dispatch({ type: 'failed', failure: walletFailureOf(thrown) })
    }
  }

  /** Links a found wallet, or finds the account that it is linked to. Never throws. */
  async signIn(id: string): Promise<void> {
    const wallet = this.#wallets.find((found) => found.id === id)
    if (wallet === undefined || isSigningIn(this.#state)) return
    this.#dispatch({ type: 'sign-in', wallet: id, step: 'connecting' })
    try {
      // The words name the server's chain: a wallet need not be on it to sign them.
      if (this.#state.overview === null) await this.refresh()
      const chainId = this.#state.overview?.chain.id
      await signInWithWallet(wallet.provider, this.#client, { ...(chainId === undefined ? {} : { chainId }), onStep: (step) => this.#dispatch({ type: 'sign-in', wallet: id, step }) })
      await this.#use()
      await this.#loading
      await this.refresh()
      this.#dispatch({ type: 'signed-in' })
    } catch (thrown) {
      this.#dispatch({ type: 'sign-in-failed', wallet: id, failure: walletFailureOf(thrown) })
    }
  }

  /** Forgets the account on this device; what it holds stays its own. Bookings earn for a new one. */
  async signOut(): Promise<void> {
    this.#client.forget()
    this.#dispatch({ type: 'signed-out', byServer: false })
    await this.#loading
    await this.refresh()
    await this.#use().catch(() => undefined)
  }

  /** Claims a booking's reward by the traveller's own wallet. Never throws. */
  async claim(booking: string): Promise<void> {
    if (this.#state.claims[booking]?.phase === 'asking') return
    this.#dispatch({ type: 'claim', booking, claim: { phase: 'asking' } })
    try {
      const hash = await this.#claim(booking)
      this.#dispatch({ type: 'claim', booking, claim: { phase: 'sent', hash } })
    } catch (thrown) {
      this.#dispatch({ type: 'claim', booking, claim: { phase: 'failed', failure: walletFailureOf(thrown) } })
    }
    await this.refresh()
  }

  /** Names the friend who brought the traveller, by the friend's code. Never throws. */
  nameFriend(code: string): Promise<void> {
    return this.#friendly('naming', () => this.#client.nameFriend(code))
  }

  /** Takes out what the traveller is owed for friends. Never throws. */
  withdraw(): Promise<void> {
    return this.#friendly('withdrawing', () => this.#client.withdraw())
  }

  async #friendly(what: 'naming' | 'withdrawing', ask: () => Promise<Friends>): Promise<void> {
    const { phase } = this.#state.friend
    if (phase === 'naming' || phase === 'withdrawing') return
    this.#dispatch({ type: 'friend', friend: { phase: what } })
    try {
      this.#dispatch({ type: 'friends', friends: await ask() })
    } catch (thrown) {
      return this.#dispatch({ type: 'friend', friend: { phase: 'failed', of: what, failure: walletFailureOf(thrown) } })
    }
    await this.refresh()
  }

  async #claim(booking: string): Promise<string> {
    const { overview, vouchers } = this.#state
    const voucher = vouchers.find((each) => each.booking === booking)
    if (voucher === undefined) throw new WalletError({ reason: 'no-voucher' })
    const holder = overview?.holder.address ?? ''
    const teach = async (chainId: number) => {
      const rpcUrl = await this.#client.chainRpc(chainId)
      return rpcUrl === null ? null : { name: overview?.chain.name || `Chain ${chainId}`, rpcUrl }
    }
    return claimVoucher(await this.#walletOf(holder), voucher, { holder, teach })
  }

  /** The wallet that has the account open; where only one is there, that one may open it. */
  async #walletOf(holder: string): Promise<Eip1193Provider> {
    for (const { provider } of this.#wallets) {
      const accounts = await provider.request({ method: 'eth_accounts' }).catch(() => [])
      if (Array.isArray(accounts) && accounts.some((account) => String(account).toLowerCase() === holder.toLowerCase())) return provider
    }
    const [only] = this.#wallets
    if (only === undefined || this.#wallets.length > 1) throw new WalletError({ reason: 'no-wallet' })
    return only.provider
  }

  async #load(): Promise<void> {
    this.#dispatch({ type: 'loading' })
    try {
      for (let attempt = 0; attempt < LOAD_ATTEMPTS_MAX; attempt += 1) {
        const told = this.#told
        const fresh = this.#client.kept === null
        const token = await this.#client.token()
        if (fresh) await this.#use()
        const loaded = await this.#loaded()
        const other = this.#client.kept?.token !== token
        if (other) await this.#use()
        // What was overtaken, by another account or by an event, is asked for again, but not for ever.
        if ((!other && told === this.#told) || attempt === LOAD_ATTEMPTS_MAX - 1) return this.#dispatch({ type: 'loaded', loaded })
      }
    } catch (thrown) {
      this.#dispatch({ type: 'failed', failure: walletFailureOf(thrown) })
    }
  }

  async #loaded(): Promise<Loaded> {
    const [overview, history, vouchers, tiers, price] = await Promise.all([
      this.#client.overview(),
      this.#client.history(),
      // Without these the rest is still worth showing.
      this.#client.vouchers().catch(() => []),
      this.#client.tiers().catch(() => null),
      this.#client.price(this.#currency).catch(() => null),
    ])
    return { overview, history, vouchers, tiers, price }
  }

  /** What is booked in the session earns for the account from now on. */
  async #use(): Promise<void> {
    this.#session?.useAccount(await this.#client.token())
  }

  #hear(event: ServerEvent): void {
    const heard = hear(event)
    switch (heard?.type) {
      case 'voxfare.wallet.account':
        this.#renewing = false
        return this.#dispatch({ type: 'server', event: heard })
      case 'voxfare.wallet.balance':
        return this.#dispatch({ type: 'server', event: heard })
      case 'voxfare.wallet.reward':
        this.#told += 1
        this.#dispatch({ type: 'server', event: heard })
        // Vouchers and figures that the event does not carry.
        if (this.#state.overview !== null) void this.refresh()
        return undefined
      case 'voxfare.card':
        // Something is about to be booked: the first need of an account.
        if (heard.card.kind === 'quote' && this.#client.kept === null) void this.#use().catch(() => undefined)
        return undefined
      case 'error':
        if (isAboutAccount(heard.error.event_id)) void this.#renew()
        return undefined
      default:
        return undefined
    }
  }

  /** The session did not take the account: the server is asked itself, which replaces one that is no more; then it is told once again. */
  async #renew(): Promise<void> {
    const { kept } = this.#client
    if (this.#renewing || kept === null) return
    this.#renewing = true
    try {
      await this.#client.overview()
      if (this.#client.kept?.token === kept.token) await new Promise((waited) => setTimeout(waited, AGAIN_MS))
      await this.#use()
    } catch {
      // No rewards here, or not now: the call goes on without.
    }
  }

  #dispatch(event: WalletEvent): void {
    const next = reduceWallet(this.#state, event)
    if (next === this.#state) return
    this.#state = next
    for (const listener of this.#listeners) listener(next)
  }
}

function isSigningIn({ signIn }: WalletState): boolean {
  return signIn.phase !== 'idle' && signIn.phase !== 'failed'
}

/** What was taken out is there a moment later, and what friends brought comes at any time. */
function isOwed(friends: Friends | undefined): boolean {
  return friends !== undefined && friends.credit !== null && friends.credit.wei !== '0'
}

/** How often it is asked again while something is on its way. */
const LOOK_MS = 5_000
const LOAD_ATTEMPTS_MAX = 3
/** How long the session is left alone that could not take the account. */
const AGAIN_MS = 2_000

