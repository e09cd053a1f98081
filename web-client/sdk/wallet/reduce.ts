// The wallet's one transition function: (state, event) -> state. Pure: no clock, no network, no wallet.
import type { HeardEvent } from '../events.ts'
import type { WalletFailure } from './failure.ts'
import type { SignInStep } from './sign-in.ts'
import { type Claim, type FriendStep, type Joining, LISTED_MAX, type ListedReward, type WalletState, initialWallet } from './state.ts'
import type { Consent, Friends, History, Overview, Price, Reward, Terms, Tiers, Voucher } from './words.ts'

/** What the session says of rewards. */
export type WalletWord = Extract<HeardEvent, { readonly type: `voxfare.wallet.${string}` }>

/** Everything the server was asked for at once. */
export interface Loaded {
  readonly overview: Overview
  readonly history: History
  readonly vouchers: readonly Voucher[]
  readonly tiers: Tiers | null
  readonly price: Price | null
  readonly consents: readonly Consent[]
  /** Null where those that are known still hold. */
  readonly terms: Terms | null
}

/** Everything that can happen to the wallet. */
export type WalletEvent =
  | { readonly type: 'loading' }
  | { readonly type: 'loaded'; readonly loaded: Loaded }
  | { readonly type: 'none'; readonly terms: Terms }
  | { readonly type: 'joining'; readonly joining: Joining }
  | { readonly type: 'older'; readonly history: History }
  | { readonly type: 'failed'; readonly failure: WalletFailure }
  | { readonly type: 'found'; readonly wallets: WalletState['wallets'] }
  | { readonly type: 'sign-in'; readonly wallet: string; readonly step: SignInStep }
  | { readonly type: 'sign-in-failed'; readonly wallet: string; readonly failure: WalletFailure }
  | { readonly type: 'signed-in' }
  | { readonly type: 'signed-out'; readonly byServer: boolean }
  | { readonly type: 'claim'; readonly booking: string; readonly claim: Claim }
  | { readonly type: 'friend'; readonly friend: FriendStep }
  | { readonly type: 'friends'; readonly friends: Friends }
  | { readonly type: 'server'; readonly event: WalletWord }

/** The next state. */
export function reduceWallet(state: WalletState, event: WalletEvent): WalletState {
  switch (event.type) {
    case 'loading':
      return state.life.phase === 'ready' ? state : { ...state, life: { phase: 'loading' } }
    case 'loaded':
      return load(state, event.loaded)
    case 'none':
      return { ...state, life: { phase: 'none' }, overview: null, terms: event.terms }
    case 'joining':
      return { ...state, joining: event.joining }
    case 'older':
      return { ...state, rewards: joined(state.rewards, event.history.rewards), next: event.history.next }
    case 'failed':
      // What is known stays on the page; the next answer mends it.
      return state.life.phase === 'ready' && event.failure.reason !== 'no-rewards' ? state : { ...state, life: { phase: 'failed', failure: event.failure } }
    case 'found':
      return { ...state, wallets: event.wallets }
    case 'sign-in':
      return { ...state, signIn: { phase: event.step, wallet: event.wallet } }
    case 'sign-in-failed':
      return { ...state, signIn: { phase: 'failed', wallet: event.wallet, failure: event.failure } }
    case 'signed-in':
      return { ...state, signIn: { phase: 'idle' }, signedOut: false }
    case 'signed-out':
      return { ...initialWallet, wallets: state.wallets, terms: state.terms, signedOut: event.byServer }
    case 'claim':
      return { ...state, claims: { ...state.claims, [event.booking]: event.claim } }
    case 'friend':
      return { ...state, friend: event.friend }
    case 'friends':
      return { ...state, friend: { phase: 'idle' }, overview: state.overview === null ? null : { ...state.overview, referral: event.friends } }
    case 'server':
      return hear(state, event.event)
  }
}

function load(state: WalletState, { overview, history, vouchers, tiers, price, consents, terms }: Loaded): WalletState {
  const same = state.overview === null || state.overview.account === overview.account
  const known = same ? state.rewards : []
  const rewards = joined(history.rewards.map((reward) => ({ ...reward, told: known.find(({ booking }) => booking === reward.booking)?.told ?? 0 })), known)
  // Where older pages were read already, the list goes on behind them.
  const next = same && state.rewards.length > history.rewards.length ? state.next : history.next
  return {
    ...state, life: { phase: 'ready' }, overview, rewards, next, vouchers, tiers, price, consents, terms: terms ?? state.terms,
    claims: same ? state.claims : {}, lastTold: same ? state.lastTold : null,
  }
}

/** Both lists, each booking once: what the first says of it counts. */
function joined(first: readonly ListedReward[], then: readonly (Reward | ListedReward)[]): readonly ListedReward[] {
  const there = new Set(first.map(({ booking }) => booking))
  const rest = then.filter(({ booking }) => !there.has(booking)).map((reward) => ({ told: 0, ...reward }))
  return [...first, ...rest].toSorted((a, b) => (b.earned_at ?? Infinity) - (a.earned_at ?? Infinity) || 0).slice(0, LISTED_MAX)
}

function hear(state: WalletState, event: WalletWord): WalletState {
  switch (event.type) {
    case 'voxfare.wallet.account':
      return state.overview?.account === event.account ? { ...state, overview: { ...state.overview, balance: event.balance } } : state
    case 'voxfare.wallet.balance': {
      const { wei, trvl, pending } = event
      return state.overview === null ? state : { ...state, overview: { ...state.overview, balance: { wei, trvl }, pending } }
    }
    case 'voxfare.wallet.reward': {
      const { type: _, ...said } = event
      const before = state.rewards.find(({ booking }) => booking === said.booking)
      const reward: ListedReward = { ...(before ?? UNKNOWN), ...said, stage_at: null, told: (before?.told ?? 0) + 1 }
      return { ...state, rewards: joined([reward], state.rewards), lastTold: reward }
    }
  }
}

/** What only HTTP tells. */
const UNKNOWN = { commission_minor: null, currency: null, earned_at: null }
