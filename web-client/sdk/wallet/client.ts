// The wallet's HTTP addresses, typed. It makes no account by itself: somebody joins, and agrees to the server's texts.
import { type Decoder, NOTHING } from '../decode.ts'
import { WalletError, walletFailureOfStatus } from './failure.ts'
import {
  type Agreement, type Challenge, type Consent, type Friends, type History, type Linked, type Overview, type Price, type Terms, type Tiers, type Voucher,
  account, challenge, consents, friends, history, linked, overview, price, terms, tiers, vouchers,
} from './words.ts'

/** What is known of an account on this device. Who has the token sees the account: keep it as a password. */
export interface KeptAccount {
  readonly token: string
  /** A wallet of the traveller's own is linked to it. */
  readonly own: boolean
}

/** Where that is kept. */
export interface AccountStore {
  get(): KeptAccount | null
  set(account: KeptAccount | null): void
}

/** Where and how to ask. */
export interface WalletClientOptions {
  /** The server, `https://voxfare.example`; the page's own origin when absent. */
  readonly url?: string
  /** The platform's own when absent. */
  readonly fetch?: typeof globalThis.fetch
  /** In memory when absent: the account is gone with the page. */
  readonly accounts?: AccountStore
  /** Hears that the server no longer knows the account of a linked wallet. */
  readonly onSignedOut?: () => void
}

/** Asks the server. Every call throws a `WalletError`. */
export class WalletClient {
  readonly #url: string
  readonly #accounts: AccountStore
  readonly #onSignedOut: () => void
  readonly #fetch: typeof globalThis.fetch

  constructor({ url = '', fetch, accounts = inMemory(), onSignedOut = () => undefined }: WalletClientOptions = {}) {
    this.#url = url.replace(/\/$/u, '')
    // As a method of ours the browser's own would refuse.
    this.#fetch = fetch ?? ((input, init) => globalThis.fetch(input, init))
    this.#accounts = accounts
    this.#onSignedOut = onSignedOut
  }

  /** The account that is kept on this device; null when there is none. */
  get kept(): KeptAccount | null {
    return this.#accounts.get()
  }

  /** Forgets the account on this device. One of a linked wallet is found again by signing in. */
  forget(): void {
    this.#accounts.set(null)
  }

  /** Forgets it because the server does; nothing when another one has taken its place already. */
  drop(token: string): void {
    const { kept } = this
    if (kept?.token !== token) return
    this.#accounts.set(null)
    if (kept.own) this.#onSignedOut()
  }

  /** The texts that one agrees to, as they are now; there for whoever has no account, too. */
  async terms(): Promise<Terms> {
    return read(await this.#request('/v1/wallet/terms', null), terms)
  }

  /** Makes an account, whose rewards the server keeps, and remembers it; `agreement` holds the texts of rewards and custody. */
  async join(agreement: Agreement): Promise<void> {
    const { token } = await read(await this.#request('/v1/wallet/accounts', null, agreement), account)
    this.#accounts.set({ token, own: false })
  }

  /** What the account agreed to, text by text, oldest first. */
  async consents(): Promise<readonly Consent[]> {
    return (await this.#ask('/v1/wallet/consents', consents)).consents
  }

  /** Agrees to texts as they are now; rewards that waited for them come. Answers the record. */
  async agree(agreement: Agreement): Promise<readonly Consent[]> {
    return (await this.#ask('/v1/wallet/consents', consents, agreement)).consents
  }

  /** Takes back what was agreed to; what that means stands in the text. Nothing is changed by a second time. */
  async takeBack(text: string): Promise<void> {
    const answer = await this.#entered((token) => this.#request(`/v1/wallet/consents/${encodeURIComponent(text)}`, token, undefined, 'DELETE'))
    if (!answer.ok) throw await refusal(answer)
  }

  /** How the account stands. */
  overview(): Promise<Overview> {
    return this.#ask('/v1/wallet', overview)
  }

  /** What was earned, newest first. */
  history(before: string | null = null, limit = HISTORY_LIMIT): Promise<History> {
    const query = new URLSearchParams({ limit: String(limit), ...(before === null ? {} : { before }) })
    return this.#ask(`/v1/wallet/history?${query}`, history)
  }

  /** What a wallet of one's own can claim. */
  async vouchers(): Promise<readonly Voucher[]> {
    return (await this.#ask('/v1/wallet/vouchers', vouchers)).vouchers
  }

  /** The levels of staking. */
  tiers(): Promise<Tiers> {
    return this.#ask('/v1/wallet/tiers', tiers)
  }

  /** What a token is worth. */
  price(currency: string): Promise<Price> {
    return this.#ask(`/v1/wallet/price?${new URLSearchParams({ currency })}`, price)
  }

  /** Names the friend who brought the account, by the friend's code: once. `agreement` holds the text of that, unless it is on record. */
  nameFriend(code: string, agreement?: Agreement): Promise<Friends> {
    return this.#ask('/v1/wallet/referral', friends, { code, ...agreement })
  }

  /** Takes out what the account is owed for those it brought. */
  withdraw(): Promise<Friends> {
    return this.#ask('/v1/wallet/referral/withdraw', friends, {})
  }

  /** Asks for the words that link a wallet. For whoever has no account one is made: then `agreement` holds the texts of rewards and custody. */
  async challenge(address: string, chainId: number, agreement?: Agreement): Promise<Challenge> {
    const body = { address, chain_id: chainId }
    const { kept } = this
    const known = kept === null ? null : await this.#request('/v1/auth/siwe/nonce', kept.token, body)
    if (kept !== null && known?.status === 401) this.drop(kept.token)
    const isKnown = known !== null && known.status !== 401
    const made = await read(isKnown ? known : await this.#request('/v1/auth/siwe/nonce', null, { ...body, ...agreement }), challenge)
    this.#accounts.set({ token: made.token, own: isKnown && (kept?.own ?? false) })
    return made
  }

  /** Hands in the signed words; from then on the account is the wallet's. */
  async verify(message: string, signature: string): Promise<Linked> {
    const answer = await this.#request('/v1/auth/siwe/verify', this.kept?.token ?? null, { message, signature })
    // A refused signature is never answered by making another account: the words were for this one.
    if ([400, 401, 403, 422].includes(answer.status)) {
      const failure = walletFailureOfStatus(422, null, await answer.text())
      throw new WalletError({ reason: 'not-verified', detail: failure.reason === 'refused' ? failure.detail : '' })
    }
    const made = await read(answer, linked)
    this.#accounts.set({ token: made.token, own: true })
    return made
  }

  /** Where a wallet reaches the chain of this server, if the server keeps the chain itself; null where it is a public one. */
  async chainRpc(chainId: number): Promise<string | null> {
    const address = '/v1/chain/rpc'
    try {
      const answer = await this.#request(address, null, { jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] })
      const { result } = (await answer.json()) as { result?: unknown }
      return answer.ok && Number(result) === chainId ? new URL(this.#url + address, globalThis.location?.href).href : null
    } catch {
      return null
    }
  }

  async #ask<T>(path: string, decoder: Decoder<T>, body?: object): Promise<T> {
    return read(await this.#entered((token) => this.#request(path, token, body)), decoder)
  }

  /** Asks for the account; one that the server knows no more is forgotten, and another one that has taken its place is asked for once. */
  async #entered(ask: (token: string) => Promise<Response>): Promise<Response> {
    for (let attempt = 0; this.kept !== null && attempt < 2; attempt += 1) {
      const { token } = this.kept
      const answer = await ask(token)
      if (answer.status !== 401) return answer
      this.drop(token)
    }
    throw new WalletError({ reason: 'no-account' })
  }

  async #request(path: string, token: string | null, body?: object, method = body === undefined ? 'GET' : 'POST'): Promise<Response> {
    const headers = { ...(token === null ? {} : { 'Voxfare-Account': token }), ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) }
    try {
      return await this.#fetch(this.#url + path, body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) })
    } catch {
      throw new WalletError({ reason: 'server-unreachable' })
    }
  }
}

async function read<T>(answer: Response, decoder: Decoder<T>): Promise<T> {
  if (!answer.ok) throw await refusal(answer)
  const made = decoder(await answer.json().catch(() => null))
  if (made === NOTHING) throw new WalletError({ reason: 'not-understood' })
  return made
}

async function refusal(answer: Response): Promise<WalletError> {
  return new WalletError(walletFailureOfStatus(answer.status, answer.headers.get('Retry-After'), await answer.text().catch(() => '')))
}

function inMemory(): AccountStore {
  let kept: KeptAccount | null = null
  return { get: () => kept, set: (next) => void (kept = next) }
}

const HISTORY_LIMIT = 20
