// What is known of a traveller's rewards at one moment. Data only: it never changes in place.
import type { WalletFailure } from './failure.ts'
import type { FoundWallet } from './provider.ts'
import type { SignInStep } from './sign-in.ts'
import type { Consent, Overview, Price, Reward, RewardStage, Terms, TermsPage, Tiers, Voucher } from './words.ts'

/**
 * How much is known.
 *
 *   unknown --asked--> loading --answered--> ready   (stays ready while it is asked again)
 *                        ^  \--no account--> none --joined, asked--.
 *                        |   \--no answer--> failed --asked--------.
 *                        '-----------------------------------------'
 */
export type WalletLife =
  | { readonly phase: 'unknown' }
  | { readonly phase: 'loading' }
  | { readonly phase: 'ready' }
  | { readonly phase: 'none' }
  | { readonly phase: 'failed'; readonly failure: WalletFailure }

/** How far signing in is; `wallet` is the id of a found one. */
export type SignIn =
  | { readonly phase: 'idle' }
  | { readonly phase: SignInStep; readonly wallet: string }
  | { readonly phase: 'failed'; readonly wallet: string; readonly failure: WalletFailure }

/** How far claiming a voucher by one's own wallet is. */
export type Claim =
  | { readonly phase: 'asking' }
  | { readonly phase: 'sent'; readonly hash: string }
  | { readonly phase: 'failed'; readonly failure: WalletFailure }

/** How far agreeing to the texts, which makes the account when there is none, or taking one back is. */
export type Joining =
  | { readonly phase: 'idle' | 'joining' | 'joined' | 'taking-back' | 'taken-back' }
  | { readonly phase: 'failed'; readonly of: 'joining' | 'taking-back'; readonly failure: WalletFailure }

/** How far naming a friend, or taking out what is owed for friends, is. */
export type FriendStep =
  | { readonly phase: 'idle' }
  | { readonly phase: 'naming' | 'withdrawing' }
  | { readonly phase: 'failed'; readonly of: 'naming' | 'withdrawing'; readonly failure: WalletFailure }

/** A reward, with how often it was told of while the page looked on. */
export interface ListedReward extends Reward {
  readonly told: number
}

/** Everything a page needs to draw the wallet. */
export interface WalletState {
  readonly life: WalletLife
  readonly overview: Overview | null
  /** At most `LISTED_MAX`, newest first. */
  readonly rewards: readonly ListedReward[]
  /** Where older ones go on; null when all are there. */
  readonly next: string | null
  readonly vouchers: readonly Voucher[]
  readonly tiers: Tiers | null
  readonly price: Price | null
  /** The wallets in this browser. */
  readonly wallets: readonly Omit<FoundWallet, 'provider'>[]
  readonly signIn: SignIn
  /** By booking. */
  readonly claims: Readonly<Record<string, Claim>>
  readonly friend: FriendStep
  /** The texts as they are now; null before they were asked for. */
  readonly terms: Terms | null
  /** What the account agreed to. */
  readonly consents: readonly Consent[]
  readonly joining: Joining
  /** The server forgot the linked wallet: bookings do not earn for it until it signs in again. */
  readonly signedOut: boolean
  /** The last reward that was told of, to be read out. */
  readonly lastTold: ListedReward | null
}

/** Before anything was asked. */
export const initialWallet: WalletState = {
  life: { phase: 'unknown' },
  overview: null,
  rewards: [],
  next: null,
  vouchers: [],
  tiers: null,
  price: null,
  wallets: [],
  signIn: { phase: 'idle' },
  claims: {},
  friend: { phase: 'idle' },
  terms: null,
  consents: [],
  joining: { phase: 'idle' },
  signedOut: false,
  lastTold: null,
}

/** The texts that are to be agreed to now: both of a new account, or what an account is asked for; empty when there are none. */
export function textsToAgree({ terms, overview }: Pick<WalletState, 'terms' | 'overview'>): readonly TermsPage[] {
  const wanted = overview === null ? TO_JOIN : overview.asks.map(({ text }) => text)
  return terms?.terms.filter(({ text }) => wanted.includes(text)) ?? []
}

/** Whether it is not at its end yet. */
export function isUnderWay(stage: RewardStage): boolean {
  return stage === 'earned' || stage === 'issued' || stage === 'claimed' || stage === 'paid' || stage === 'reversing'
}

const TO_JOIN = ['rewards', 'custody']

/** Rewards kept. */
export const LISTED_MAX = 400
