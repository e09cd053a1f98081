// What rewards are made of, on the wire and over HTTP: amounts, stages, accounts, vouchers. It never computes.
import { type Decoder, NOTHING, any, arrayOf, bool, lenient, nullable, num, object, oneOf, optional, str } from '../decode.ts'
import type { RewardStage, TokenAmount } from '../protocol/events.gen.ts'

export type { RewardStage } from '../protocol/events.gen.ts'

/** An amount of TRVL: `wei` as digits, to compute with as a bigint, and `trvl` as it is written for people. */
export type Amount = TokenAmount

/** The account of a traveller, as it stands. */
export interface Overview {
  readonly account: string
  readonly holder: Holder
  readonly chain: Chain
  readonly balance: Amount
  readonly staked: Amount
  /** On its way. */
  readonly pending: Amount
  /** Paid for bookings that were cancelled later. */
  readonly owing: Amount
  readonly tier: { readonly level: number; readonly name: string; readonly boost_percent: number }
  readonly referral: Friends
  /** The server claims, and pays for it. */
  readonly sponsored: boolean
  /** Texts that new rewards wait for; empty when all are agreed to. */
  readonly asks: readonly Asked[]
}

/** A text in one of its versions: `rewards`, `custody` or `referral`. */
export interface Edition {
  readonly text: string
  readonly version: number
}

/** A text that is asked for, and why: an `older` version is agreed to, it was `taken_back`, or nobody was asked (`never`). */
export interface Asked extends Edition {
  readonly standing: 'older' | 'taken_back' | 'never'
}

/** A text as it is read before one agrees to it. */
export interface TermsPage extends Edition {
  readonly language: string
  readonly title: string
  /** An empty line parts two paragraphs. */
  readonly words: string
}

/** The texts in their versions of now, and the chain that a wallet signs in on. */
export interface Terms {
  readonly terms: readonly TermsPage[]
  readonly chain_id: number
}

/** What is agreed to, and in which language it was read. */
export interface Agreement {
  readonly agrees: readonly Edition[]
  readonly language: string
}

/** One agreement on record. */
export interface Consent extends Edition {
  readonly language: string
  readonly way: string
  /** Unix ms. */
  readonly agreed_at: number | null
  /** Unix ms; null while it holds. */
  readonly taken_back_at: number | null
}

/** An account among its friends. */
export interface Friends {
  /** What others join by. */
  readonly code: string | null
  /** How far it is that a friend brought the account; null where none was named. */
  readonly joined: 'wanted' | 'reached' | 'given_up' | null
  /** So many were brought by it. */
  readonly friends: number
  /** What it is owed for them and has not taken out; null where that is not known. */
  readonly credit: Amount | null
}

/** Where an account's rewards are paid to. */
export interface Holder {
  /** `own`: the traveller's wallet holds the key; `custodial`: the server does. */
  readonly kind: 'custodial' | 'own'
  readonly address: string | null
  readonly chain_id: number | null
}

/** The chain that rewards are paid on. */
export interface Chain {
  readonly id: number
  readonly name: string
  readonly block: number | null
}

/** What one booking earned. */
export interface Reward extends Amount {
  readonly booking: string
  /** What the traveller was told. */
  readonly reference: string
  readonly stage: RewardStage
  /** What the booking brought in, in minor units; null where only the call has told of it. */
  readonly commission_minor: number | null
  readonly currency: string | null
  /** Unix ms. */
  readonly earned_at: number | null
  /** Unix ms: since when it is at its stage. */
  readonly stage_at: number | null
  /** In words: what it was earned for, and what became of it. */
  readonly why: string
}

/** Rewards, newest first. */
export interface History {
  readonly rewards: readonly Reward[]
  /** Asks for older ones, as `before`; null when there are none. */
  readonly next: string | null
}

/** What a wallet of one's own can claim by itself. */
export interface Voucher {
  readonly booking: string
  /** Unix ms. */
  readonly expires_at: number | null
  readonly distributor: string
  readonly chain_id: number
  /** What the issuer signed (EIP-712); null for one out of an epoch. */
  readonly typed_data: unknown
  readonly signature: string | null
  /** The transaction that claims it. */
  readonly claim: { readonly to: string; readonly data: string }
}

/** A level of staking. */
export interface Tier {
  readonly level: number
  readonly name: string
  readonly min_wei: string
  readonly min_trvl: string
  readonly lock_days: number
  readonly boost_percent: number
}

/** All levels, lowest first, and the traveller's own. */
export interface Tiers {
  readonly tiers: readonly Tier[]
  readonly level: number
}

/** What a token is worth. */
export interface Price {
  readonly currency: string
  /** Minor units of the currency for one TRVL, as decimal digits, with a point where need be. */
  readonly minor_per_trvl: string
  /** Unix ms. */
  readonly at: number | null
  readonly source: string
}

/** What the server gives to whom it knows from now on. */
export interface Account {
  readonly account: string
  readonly token: string
}

/** What is to be signed to link a wallet. */
export interface Challenge extends Account {
  readonly nonce: string
  /** The whole ERC-4361 text. */
  readonly message: string
}

/** A wallet that was linked; its token takes the place of the one before. */
export interface Linked extends Account {
  readonly address: string
  readonly chain_id: number
}

/** Digits of 10^-18 of a token. */
export const wei: Decoder<string> = (value) => (typeof value === 'string' && WEI.test(value) ? value : NOTHING)

/** An amount. */
export const amount = object<Amount>({ wei, trvl: str })

/** A stage. */
export const stage = oneOf<RewardStage>('nothing', 'earned', 'issued', 'claimed', 'paid', 'settled', 'reversing', 'reversed', 'owing')

/** A moment as Unix ms, from an ISO 8601 text, or from Unix seconds or ms. */
export const instant: Decoder<number> = (value) => {
  if (typeof value === 'number' && Number.isFinite(value)) return value < SECONDS_MAX ? value * 1000 : value
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? NOTHING : ms
}

const moment = lenient(nullable(instant), null)

/** Reads how an account stands among its friends. */
export const friends = object<Friends>({
  code: nullable(str),
  joined: lenient(nullable(oneOf<NonNullable<Friends['joined']>>('wanted', 'reached', 'given_up')), null),
  friends: lenient(num, 0),
  credit: lenient(nullable(amount), null),
})

/** Reads an account's overview. */
export const overview = object<Overview>({
  account: str,
  holder: object<Holder>({ kind: oneOf<Holder['kind']>('custodial', 'own'), address: nullable(str), chain_id: lenient(nullable(num), null) }),
  chain: object<Chain>({ id: num, name: optional(str, ''), block: lenient(nullable(num), null) }),
  balance: amount, staked: amount, pending: amount, owing: amount,
  tier: object<Overview['tier']>({ level: num, name: str, boost_percent: lenient(num, 0) }),
  referral: friends,
  sponsored: lenient(bool, false),
  asks: lenient(arrayOf(object<Asked>({ text: str, version: num, standing: oneOf<Asked['standing']>('older', 'taken_back', 'never') })), []),
})

/** Reads the texts. */
export const terms = object<Terms>({
  terms: arrayOf(object<TermsPage>({ text: str, version: num, language: str, title: str, words: str })),
  chain_id: num,
})

/** Reads the record of agreements. */
export const consents = object<{ readonly consents: readonly Consent[] }>({
  consents: arrayOf(object<Consent>({ text: str, version: num, language: str, way: str, agreed_at: moment, taken_back_at: moment })),
})

/** Reads which texts are missing in an answer that refuses for that. */
export const notAgreed = object<{ readonly missing: readonly Edition[] }>({ missing: arrayOf(object<Edition>({ text: str, version: num }), 1) })

/** Reads a page of the history. A cursor may be a number or a text. */
export const history = object<History>({
  rewards: arrayOf(
    object<Reward>({
      booking: str, reference: str, stage, wei, trvl: str, commission_minor: lenient(nullable(num), null), currency: lenient(nullable(str), null),
      earned_at: moment, stage_at: moment, why: optional(str, ''),
    }),
  ),
  next: (value) => (typeof value === 'number' ? String(value) : nullable(str)(value)),
})

/** Reads vouchers. */
export const vouchers = object<{ readonly vouchers: readonly Voucher[] }>({
  vouchers: arrayOf(
    object<Voucher>({
      booking: str, expires_at: moment, distributor: str, chain_id: num, typed_data: lenient(any, null), signature: lenient(nullable(str), null),
      claim: object<Voucher['claim']>({ to: str, data: str }),
    }),
  ),
})

/** Reads the levels of staking. */
export const tiers = object<Tiers>({
  tiers: arrayOf(object<Tier>({ level: num, name: str, min_wei: wei, min_trvl: str, lock_days: lenient(num, 0), boost_percent: lenient(num, 0) })),
  level: num,
})

/** Reads a price. */
export const price = object<Price>({ currency: str, minor_per_trvl: (value) => (typeof value === 'string' && DECIMAL.test(value) ? value : NOTHING), at: moment, source: optional(str, '') })

/** The agreement to texts that were read. */
export function agreementTo(pages: readonly TermsPage[]): Agreement {
  return { agrees: pages.map(({ text, version }) => ({ text, version })), language: pages[0]?.language ?? '' }
}

/** Reads a new account. */
export const account = object<Account>({ account: str, token: str })

/** Reads a challenge. */
export const challenge = object<Challenge>({ account: str, token: str, nonce: str, message: str })

/** Reads a linked wallet. */
export const linked = object<Linked>({ account: str, token: str, address: str, chain_id: num })

const WEI = /^(?:0|[1-9]\d{0,77})$/u
const DECIMAL = /^\d{1,30}(?:\.\d{1,30})?$/u

/** Unix seconds reach this in the year 5138, Unix ms passed it in 1973. */
const SECONDS_MAX = 100_000_000_000
