// The wallet's HTTP addresses, typed. It makes an account at the first need, and another when the server knows the old one no more.
import { type Decoder, NOTHING } from '../decode.ts'
import { WalletError, walletFailureOfStatus } from './failure.ts'
import {
  type Challenge, type Friends, type History, type Linked, type Overview, type Price, type Tiers, type Voucher,
  account, challenge, friends, history, linked, overview, price, tiers, vouchers,
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
  /** Hears that the server no longer knows the account of a linked wallet; another one takes its place. */
  readonly onSignedOut?: () => void
}

/** Asks the server. Every call throws a `WalletError`. */
export class WalletClient {
  readonly #url: string
  readonly #accounts: AccountStore
  readonly #onSignedOut: () => void
  readonly #fetch: typeof globalThis.fetch
  #making: Promise<string> | null = null

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

  /** The token of the account; makes one when there is none. */
  async token(): Promise<string> {
    return this.kept?.token ?? (await this.#make())
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

  /** Names the friend who brought the account, by the friend's code: once. */
  nameFriend(code: string): Promise<Friends> {
    return this.#ask('/v1/wallet/referral', friends, { code })
  }

  /** Takes out what the account is owed for those it brought. */
  withdraw(): Promise<Friends> {
    return this.#ask('/v1/wallet/referral/withdraw', friends, {})
  }

  /** Asks for the words that link a wallet. An account is made for whoever has none. */
  async challenge(address: string, chainId: number): Promise<Challenge> {
    const body = { address, chain_id: chainId }
    const { kept } = this
    const asked = await this.#request('/v1/auth/siwe/nonce', kept?.token ?? null, body)
    const answer = asked.status === 401 ? await this.#request('/v1/auth/siwe/nonce', null, body) : asked
    const made = await read(answer, challenge)
    this.#accounts.set({ token: made.token, own: asked === answer && (kept?.own ?? false) })
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
    const token = await this.token()
    const answer = await this.#request(path, token, body)
    if (answer.status !== 401) return read(answer, decoder)
    this.drop(token)
    return read(await this.#request(path, await this.token(), body), decoder)
  }

  /** However many ask at once, one account is made. */
  #make(): Promise<string> {
    this.#making ??= this.#made().finally(() => (this.#making = null))
    return this.#making
  }

  async #made(): Promise<string> {
    const { token } = await read(await this.#request('/v1/wallet/accounts', null, {}), account)
    this.#accounts.set({ token, own: false })
    return token
  }

  async #request(path: string, token: string | null, body?: object): Promise<Response> {
    const headers = { ...(token === null ? {} : { 'Voxfare-Account': token }), ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) }
    try {
      return await this.#fetch(this.#url + path, body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) })
    } catch {
      throw new WalletError({ reason: 'server-unreachable' })
    }
  }
}

async function read<T>(answer: Response, decoder: Decoder<T>): Promise<T> {
  if (!answer.ok) throw new WalletError(walletFailureOfStatus(answer.status, answer.headers.get('Retry-After'), await answer.text().catch(() => '')))
  const made = decoder(await answer.json().catch(() => null))
  if (made === NOTHING) throw new WalletError({ reason: 'not-understood' })
  return made
}

function inMemory(): AccountStore {
  let kept: KeptAccount | null = null
  return { get: () => kept, set: (next) => void (kept = next) }
}

const HISTORY_LIMIT = 20
