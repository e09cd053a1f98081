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
import { type WalletState, initialWallet, isUnderWay, textsToAgree } from './state.ts'
import { type Friends, type Overview, type Terms, agreementTo } from './words.ts'

/** How it is made. Every field may be absent. */
export interface WalletOptions extends Omit<WalletClientOptions, 'onSignedOut'> {
  /** Its bookings earn for the account, and what it hears of rewards is shown. */
  readonly session?: VoxfareSession
  /** What a token's worth is told in, ISO 4217. */
  readonly currency?: string
  /** Finds the wallets; by EIP-6963 when absent. */
  readonly discover?: (found: (wallets: readonly FoundWallet[]) => void) => () => void
}

/** One traveller's account with the server. It is made when the traveller joins, and by nothing else. */
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
  /** The token that the session has. */
  #used: string | null

  constructor({ session, currency = 'USD', discover = discoverWallets, ...options }: WalletOptions = {}) {
    this.#client = new WalletClient({ ...options, onSignedOut: () => this.#dispatch({ type: 'signed-out', byServer: true }) })
    this.#session = session ?? null
    this.#currency = currency
    this.#discover = discover
    this.#used = this.#client.kept?.token ?? null
    session?.useAccount(this.#used)
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

  /** Agrees to the texts that are to be agreed to (`textsToAgree`), which somebody has read: who has no account joins by it. Never throws. */
  async join(): Promise<void> {
    const pages = textsToAgree(this.#state)
    if (pages.length === 0 || isBusy(this.#state)) return
    this.#dispatch({ type: 'joining', joining: { phase: 'joining' } })
    try {
      if (this.#client.kept === null) await this.#client.join(agreementTo(pages))
      else await this.#client.agree(agreementTo(pages))
      this.#use()
      await this.#again()
      this.#dispatch({ type: 'joining', joining: { phase: 'joined' } })
    } catch (thrown) {
      await this.#notJoined('joining', thrown)
    }
  }

  /** Takes back what was agreed to: `rewards`, `custody`, or `referral` while no friend is named. Never throws. */
  async takeBack(text: string): Promise<void> {
    if (isBusy(this.#state)) return
    this.#dispatch({ type: 'joining', joining: { phase: 'taking-back' } })
    try {
      await this.#client.takeBack(text)
      await this.#again()
      this.#dispatch({ type: 'joining', joining: { phase: 'taken-back' } })
    } catch (thrown) {
      await this.#notJoined('taking-back', thrown)
    }
  }

  /** A text may have changed since it was read: what is asked for now is shown. */
  async #notJoined(of: 'joining' | 'taking-back', thrown: unknown): Promise<void> {
    const failure = walletFailureOf(thrown)
    if (failure.reason === 'not-agreed' || failure.reason === 'no-account') await this.#again()
    this.#dispatch({ type: 'joining', joining: { phase: 'failed', of, failure } })
  }

  /** Asks anew, after whatever is being asked. */
  async #again(): Promise<void> {
    await this.#loading
    await this.refresh()
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

  /** Links a found wallet, or finds the account that it is linked to. Who has no account agrees by it to what joining asks for. Never throws. */
  async signIn(id: string): Promise<void> {
    const wallet = this.#wallets.find((found) => found.id === id)
    if (wallet === undefined || isSigningIn(this.#state)) return
    this.#dispatch({ type: 'sign-in', wallet: id, step: 'connecting' })
    try {
      // The words name the server's chain: a wallet need not be on it to sign them.
      const { overview, terms } = this.#state
      const chainId = overview?.chain.id ?? terms?.chain_id
      const agreement = this.#client.kept === null ? agreementTo(textsToAgree(this.#state)) : undefined
      await signInWithWallet(wallet.provider, this.#client, {
        ...(chainId === undefined ? {} : { chainId }), ...(agreement === undefined ? {} : { agreement }), onStep: (step) => this.#dispatch({ type: 'sign-in', wallet: id, step }),
      })
      this.#use()
      await this.#again()
      this.#dispatch({ type: 'signed-in' })
    } catch (thrown) {
      const failure = walletFailureOf(thrown)
      // Whoever declined has an account all the same, for they agreed; and a text may have changed.
      if (this.#state.overview === null || failure.reason === 'not-agreed') await this.#again()
      this.#use()
      this.#dispatch({ type: 'sign-in-failed', wallet: id, failure })
    }
  }

  /** Forgets the account on this device; what it holds stays its own. Bookings earn for nobody until somebody joins. */
  async signOut(): Promise<void> {
    this.#client.forget()
    this.#dispatch({ type: 'signed-out', byServer: false })
    this.#use()
    await this.#again()
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

  /** Names the friend who brought the traveller, by the friend's code, and agrees to the text of that. Never throws. */
  nameFriend(code: string): Promise<void> {
    const page = this.#state.terms?.terms.find(({ text }) => text === 'referral')
    return this.#friendly('naming', () => this.#client.nameFriend(code, page === undefined ? undefined : agreementTo([page])))
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
        const token = this.#client.kept?.token ?? null
        const event: WalletEvent = token === null ? { type: 'none', terms: await this.#client.terms() } : { type: 'loaded', loaded: await this.#loaded() }
        const other = (this.#client.kept?.token ?? null) !== token
        // What was overtaken, by another account or by an event, is asked for again, but not for ever.
        if ((!other && told === this.#told) || attempt === LOAD_ATTEMPTS_MAX - 1) return this.#dispatch(event)
      }
    } catch (thrown) {
      const failure = walletFailureOf(thrown)
      // The server knew the account no more.
      if (failure.reason === 'no-account') return this.#gone()
      this.#dispatch({ type: 'failed', failure })
    }
  }

  async #gone(): Promise<void> {
    this.#use()
    try {
      this.#dispatch({ type: 'none', terms: await this.#client.terms() })
    } catch (thrown) {
      this.#dispatch({ type: 'failed', failure: walletFailureOf(thrown) })
    }
  }

  async #loaded(): Promise<Loaded> {
    const [overview, history, vouchers, tiers, price, consents] = await Promise.all([
      this.#client.overview(),
      this.#client.history(),
      // Without these the rest is still worth showing.
      this.#client.vouchers().catch(() => []),
      this.#client.tiers().catch(() => null),
      this.#client.price(this.#currency).catch(() => null),
      this.#client.consents().catch(() => []),
    ])
    return { overview, history, vouchers, tiers, price, consents, terms: await this.#termsFor(overview) }
  }

  /** The texts, where those that are known are not those that are asked for. */
  async #termsFor({ asks }: Overview): Promise<Terms | null> {
    const known = this.#state.terms?.terms
    const holds = known !== undefined && asks.every(({ text, version }) => known.some((page) => page.text === text && page.version === version))
    return holds ? null : this.#client.terms()
  }

  /** What is booked in the session earns for the account from now on, if there is one. */
  #use(): void {
    const token = this.#client.kept?.token ?? null
    if (token !== this.#used) this.#session?.useAccount(token)
    this.#used = token
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
        // Whether it earns is worth a word: whoever has not joined hears of it.
        if (heard.card.kind === 'booking' && this.#state.overview === null) void this.refresh()
        return undefined
      case 'error':
        if (isAboutAccount(heard.error.event_id)) void this.#renew()
        return undefined
      default:
        return undefined
    }
  }

  /** The session did not take the account: the server is asked itself; the session is told once again, or that the account is no more. */
  async #renew(): Promise<void> {
    const { kept } = this.#client
    if (this.#renewing || kept === null) return
    this.#renewing = true
    try {
      await this.#client.overview()
      if (this.#client.kept?.token === kept.token) await new Promise((waited) => setTimeout(waited, AGAIN_MS))
      this.#used = null
      this.#use()
    } catch (thrown) {
      // No rewards here, or not now: the call goes on without.
      if (walletFailureOf(thrown).reason === 'no-account') await this.#gone()
    }
  }

  #dispatch(event: WalletEvent): void {
    const next = reduceWallet(this.#state, event)
    if (next === this.#state) return
    this.#state = next
    for (const listener of this.#listeners) listener(next)
  }
}

function isBusy({ joining: { phase } }: WalletState): boolean {
  return phase === 'joining' || phase === 'taking-back'
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

