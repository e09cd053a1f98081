// Why something with a wallet did not come to pass, one variant for each thing the traveller can do about it.
import { NOTHING } from '../decode.ts'
import { type Failure, failureOfStatus } from '../failure.ts'
import { type Edition, notAgreed } from './words.ts'

/** Every way it fails. What to do next is in each line. */
export type WalletFailure =
  /** The traveller said no in the wallet: ask again when they like. */
  | { readonly reason: 'declined' }
  /** The wallet has a question open already: answer it there. */
  | { readonly reason: 'busy' }
  /** The wallet gave no account: unlock it, or make one in it. */
  | { readonly reason: 'locked' }
  /** The wallet has no way to its chain: look at its connection. */
  | { readonly reason: 'disconnected' }
  /** The wallet shows another account than the one that is linked: choose that one in it. */
  | { readonly reason: 'other-account'; readonly expected: string }
  /** The wallet does not know the chain and cannot be taught it: add it by hand. */
  | { readonly reason: 'other-chain'; readonly chainId: number }
  /** The account cannot pay the chain's fee: put some of its coin into it. */
  | { readonly reason: 'no-coin' }
  /** The wallet cannot do this. */
  | { readonly reason: 'unsupported' }
  /** No wallet is linked that is here: sign in with it first. */
  | { readonly reason: 'no-wallet' }
  /** The wallet failed in a way of its own. */
  | { readonly reason: 'wallet-failed'; readonly detail: string }
  /** The server took too long to be told, or the words changed: sign in again. */
  | { readonly reason: 'not-verified'; readonly detail: string }
  /** The voucher is no longer good, or claimed already. */
  | { readonly reason: 'no-voucher' }
  /** There is no account, or the server knows it no more: join. */
  | { readonly reason: 'no-account' }
  /** Texts have to be agreed to first, in these versions: read them and agree. */
  | { readonly reason: 'not-agreed'; readonly missing: readonly Edition[] }
  /** This server gives no rewards. */
  | { readonly reason: 'no-rewards' }
  /** What the server answered is not what we know. */
  | { readonly reason: 'not-understood' }
  /** As for calls: the server is full, does not answer, or refuses. */
  | Extract<Failure, { readonly reason: 'server-busy' | 'server-unreachable' | 'not-allowed' | 'refused' }>

/** Thrown inside the SDK where a step with a wallet fails. */
export class WalletError extends Error {
  /** What went wrong. */
  readonly failure: WalletFailure

  constructor(failure: WalletFailure) {
    super(failure.reason)
    this.name = 'WalletError'
    this.failure = failure
  }
}

/** The failure in anything that was thrown: ours, or a wallet's by its EIP-1193 code. */
export function walletFailureOf(thrown: unknown): WalletFailure {
  if (thrown instanceof WalletError) return thrown.failure
  const { code, message } = thrown instanceof Object ? (thrown as { code?: unknown; message?: unknown }) : {}
  const detail = typeof message === 'string' ? message.slice(0, DETAIL_CHARS_MAX) : ''
  switch (code) {
    case 4001:
      return { reason: 'declined' }
    case 4100:
      return { reason: 'locked' }
    case 4200:
    case -32601:
      return { reason: 'unsupported' }
    case 4900:
    case 4901:
      return { reason: 'disconnected' }
    case -32002:
      return { reason: 'busy' }
    default:
      return /insufficient funds/iu.test(detail) ? { reason: 'no-coin' } : { reason: 'wallet-failed', detail }
  }
}

/** Reads an answer of the wallet's HTTP addresses that is not a success. */
export function walletFailureOfStatus(status: number, retryAfter: string | null, body: string): WalletFailure {
  if (status === 404) return { reason: 'no-rewards' }
  const missing = status === 422 ? missingIn(body) : []
  if (missing.length > 0) return { reason: 'not-agreed', missing }
  const failure = failureOfStatus(status, retryAfter, body)
  switch (failure.reason) {
    case 'server-busy':
    case 'not-allowed':
    case 'refused':
      return failure
    default:
      return { reason: 'refused', status, detail: '' }
  }
}

function missingIn(body: string): readonly Edition[] {
  try {
    const read = notAgreed(JSON.parse(body))
    return read === NOTHING ? [] : read.missing
  } catch {
    return []
  }
}

const DETAIL_CHARS_MAX = 300
