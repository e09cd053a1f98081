// Rewards as a page sees them: the session's part of the state, the wallet around its reducer, and the hooks. The server is made of nothing.
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { hintWords, joinWords } from '../app/text/joining.ts'
import { readServerEvent } from '../sdk/events.ts'
import type { ClientEvent, ServerEvent } from '../sdk/protocol/events.gen.ts'
import { WalletProvider } from '../sdk/react/WalletProvider.tsx'
import { useWallet } from '../sdk/react/useWallet.ts'
import { type SessionEvent, reduce } from '../sdk/reduce.ts'
import { VoxfareSession } from '../sdk/session.ts'
import { REWARDS_MAX, type SessionState, initialState } from '../sdk/state.ts'
import type { TransportListener } from '../sdk/transport.ts'
import type { KeptAccount } from '../sdk/wallet/client.ts'
import type { Eip1193Provider } from '../sdk/wallet/provider.ts'
import { type WalletEvent, reduceWallet } from '../sdk/wallet/reduce.ts'
import { type WalletState, initialWallet, textsToAgree } from '../sdk/wallet/state.ts'
import { VoxfareWallet } from '../sdk/wallet/wallet.ts'
import type { Overview, Reward, Terms } from '../sdk/wallet/words.ts'

const ADDRESS = '0x9858EfFD232B4033E47d90003D41EC34EcaEda94'
const NONE = { wei: '0', trvl: '0' }
const ACCOUNT = { type: 'voxfare.wallet.account', account: 'acct_1', kind: 'custodial', address: ADDRESS, balance: NONE }

function told(booking: string, stage: string, wei = '12500000000000000000') {
  return { type: 'voxfare.wallet.reward', booking, reference: `REF${booking}`, stage, wei, trvl: '12.50', why: 'Boston to Denver.' }
}

function run(events: readonly object[], from: SessionState = initialState): SessionState {
  const live: readonly SessionEvent[] = [{ type: 'start', microphone: false }, { type: 'connected' }]
  const said = events.flatMap((event): readonly SessionEvent[] => {
    const read = readServerEvent(JSON.stringify(event))
    return read === null ? [] : [{ type: 'server', event: read }]
  })
  return [...(from === initialState ? live : []), ...said].reduce(reduce, from)
}

test('a session knows whom its bookings earn for, and each reward by what was said last', () => {
  const state = run([ACCOUNT, told('1', 'earned'), told('2', 'earned'), told('1', 'settled'), { type: 'voxfare.wallet.balance', wei: '5', trvl: '0', pending: { wei: '7', trvl: '0' } }])
  expect(state.account).toEqual({ account: 'acct_1', kind: 'custodial', address: ADDRESS, balance: { wei: '5', trvl: '0' }, pending: { wei: '7', trvl: '0' } })
  expect(state.rewards.map(({ booking, stage }) => [booking, stage])).toEqual([['1', 'settled'], ['2', 'earned']])
  // Another account has another balance on its way.
  expect(run([{ ...ACCOUNT, account: 'acct_2', kind: 'own' }], state).account).toMatchObject({ account: 'acct_2', pending: null })
  expect(run([told('1', 'spent'), told('1', 'paid', '1.5')], state)).toBe(state)
})

test('rewards of one call are bounded', () => {
  const state = run(Array.from({ length: REWARDS_MAX + 5 }, (_, at) => told(String(at), 'earned')))
  expect([state.rewards.length, state.rewards.at(-1)?.booking]).toEqual([REWARDS_MAX, String(REWARDS_MAX + 4)])
})

test('an account that is refused is no trouble of the call', () => {
  const state = run([ACCOUNT, { type: 'error', error: { type: 'invalid_request_error', code: 'account_not_found', message: 'No such account.', event_id: 'account_use_1' } }])
  expect([state.account, state.notice]).toEqual([null, null])
  expect(run([{ type: 'error', error: { type: 'server_error', message: 'Out of fuel.' } }], state).notice).toBe('Out of fuel.')
})

const OVERVIEW: Overview = {
  account: 'acct_1', holder: { kind: 'custodial', address: ADDRESS, chain_id: 31_337 }, chain: { id: 31_337, name: 'Voxfare local', block: 12 },
  balance: NONE, staked: NONE, pending: NONE, owing: NONE, tier: { level: 0, name: 'Explorer', boost_percent: 0 }, referral: { code: 'WIND-7', joined: null, friends: 0, credit: null }, sponsored: true, asks: [],
}

const TERMS: Terms = { terms: ['rewards', 'custody', 'referral'].map((text) => ({ text, version: 1, language: 'en', title: text, words: 'Words.' })), chain_id: 31_337 }

function reward(booking: string, earnedAt: number, stage: Reward['stage'] = 'settled'): Reward {
  return { booking, reference: `REF${booking}`, stage, wei: '7', trvl: '0', commission_minor: 900, currency: 'USD', earned_at: earnedAt, stage_at: earnedAt, why: '' }
}

function wallet(events: readonly WalletEvent[], from: WalletState = initialWallet): WalletState {
  return events.reduce(reduceWallet, from)
}

function loaded(rewards: readonly Reward[], next: string | null = null, overview: Overview = OVERVIEW): WalletEvent {
  return { type: 'loaded', loaded: { overview, history: { rewards, next }, vouchers: [], tiers: null, price: null, consents: [], terms: TERMS } }
}

function heard(event: object): WalletEvent {
  return { type: 'server', event: readServerEvent(JSON.stringify(event)) as never }
}

test('the list is one: pages, older pages, and what is said live, each booking once, newest first', () => {
  const pages = wallet([{ type: 'loading' }, loaded([reward('4', 40), reward('3', 30)], 'c3'), { type: 'older', history: { rewards: [reward('2', 20), reward('1', 10)], next: null } }])
  expect([pages.rewards.map(({ booking }) => booking), pages.next]).toEqual([['4', '3', '2', '1'], null])
  const live = wallet([heard(told('5', 'earned')), heard(told('3', 'owing')), heard(told('5', 'issued'))], pages)
  expect(live.rewards.map(({ booking, stage, told: times }) => [booking, stage, times])).toEqual([['5', 'issued', 2], ['4', 'settled', 0], ['3', 'owing', 1], ['2', 'settled', 0], ['1', 'settled', 0]])
  expect([live.lastTold?.booking, live.rewards[2]?.commission_minor]).toEqual(['5', 900])
  // Asked again, the first page is new and the rest stays; what was said live is still marked so.
  const again = wallet([loaded([reward('5', 50), reward('4', 40)], 'c4')], live)
  expect([again.rewards.map(({ booking, told: times }) => `${booking}:${times}`), again.next]).toEqual([['5:2', '4:0', '3:1', '2:0', '1:0'], null])
  // Another account begins another list.
  const other = wallet([loaded([reward('9', 90)], null, { ...OVERVIEW, account: 'acct_2' })], again)
  expect([other.rewards.map(({ booking }) => booking), other.lastTold]).toEqual([['9'], null])
})

test('what is known stays when the server does not answer for once', () => {
  const failure = { reason: 'server-unreachable' } as const
  expect(wallet([{ type: 'failed', failure }]).life).toEqual({ phase: 'failed', failure })
  const known = wallet([loaded([])])
  expect(wallet([{ type: 'failed', failure }], known)).toBe(known)
  expect(wallet([{ type: 'failed', failure: { reason: 'no-rewards' } }], known).life.phase).toBe('failed')
})

test('what is to be agreed to is both texts of a new account, or what an account is asked for', () => {
  const names = (state: WalletState) => textsToAgree(state).map(({ text }) => text)
  expect(names(initialWallet)).toEqual([])
  const none = wallet([{ type: 'none', terms: TERMS }])
  expect([none.life, names(none)]).toEqual([{ phase: 'none' }, ['rewards', 'custody']])
  expect(names(wallet([loaded([])], none))).toEqual([])
  const asked = wallet([loaded([], null, { ...OVERVIEW, asks: [{ text: 'rewards', version: 1, standing: 'older' }] })], none)
  expect(names(asked)).toEqual(['rewards'])
  // Signed out by the server: the texts stay, and that it was so is still said.
  const out = wallet([{ type: 'signed-out', byServer: true }, { type: 'none', terms: TERMS }], asked)
  expect([out.overview, out.signedOut, names(out)]).toEqual([null, true, ['rewards', 'custody']])
})

test('the words fit what is asked', () => {
  const ask = (text: string, standing: 'older' | 'taken_back' | 'never') => ({ text, version: 1, standing })
  expect([joinWords(null, 2).button, joinWords([ask('rewards', 'older')], 1).title]).toEqual(['Join', 'The terms have changed'])
  expect([joinWords([ask('rewards', 'never')], 1).title, joinWords([ask('custody', 'taken_back')], 1).title]).toEqual(['Your agreement is missing', 'New rewards wait'])
  expect(joinWords([ask('rewards', 'taken_back')], 1).intro).toContain('new bookings earn nothing')
  // A booking says that it would earn, or waits; never where rewards were taken back.
  expect([hintWords(null), hintWords([ask('custody', 'never')])]).toEqual(['Bookings earn rewards once you join.', 'Its reward waits until you agree to the terms.'])
  expect([hintWords([]), hintWords([ask('rewards', 'taken_back')])]).toEqual([null, null])
})

interface Scene {
  readonly session: VoxfareSession
  readonly wallet: VoxfareWallet
  readonly sent: ClientEvent[]
  readonly asked: string[]
  /** What was agreed to, request by request. */
  readonly agreed: unknown[]
  readonly kept: () => KeptAccount | null
  readonly say: (...events: readonly object[]) => void
}

/** A session on a line made of nothing, and a server with accounts, of which `tok_gone` is none. */
function scene(kept: KeptAccount | null, provider?: Eip1193Provider): Scene {
  const [sent, asked, agreed]: [ClientEvent[], string[], unknown[]] = [[], [], []]
  let asks: Overview['asks'] = [{ text: 'rewards', version: 1, standing: 'older' }]
  let listener: TransportListener | null = null
  let made = 0
  let account = kept
  const session = new VoxfareSession({
    transport: (to) => {
      listener = to
      return { obstacle: () => null, connect: async () => undefined, send: (event) => sent.push(event) > 0, replaceTrack: async () => undefined, unblockSound: async () => undefined, close: () => undefined }
    },
  })
  const answers: Readonly<Record<string, (token: string | null) => unknown>> = {
    '/v1/wallet/terms': () => TERMS,
    '/v1/wallet/consents': () => {
      asks = []
      return { consents: [] }
    },
    '/v1/wallet/accounts': () => ({ account: `acct_${(made += 1)}`, token: `tok_${made}` }),
    '/v1/wallet': (token) => (token === 'tok_own' ? { ...OVERVIEW, account: 'acct_own', holder: { kind: 'own', address: ADDRESS, chain_id: 31_337 }, sponsored: false } : { ...OVERVIEW, account: `acct_${token?.slice(4)}`, asks: token === 'tok_before' ? asks : [] }),
    '/v1/wallet/history': () => ({ rewards: [reward('1', 10, 'issued')], next: null }),
    '/v1/wallet/vouchers': (token) => ({ vouchers: token === 'tok_own' ? [{ booking: '1', distributor: '0xd', chain_id: 31_337, typed_data: {}, signature: '0x', claim: { to: '0xd', data: '0xc' } }] : [] }),
    '/v1/auth/siwe/nonce': (token) => ({ account: 'acct_1', token: token ?? 'tok_1', nonce: 'n', message: 'Sign in' }),
    '/v1/auth/siwe/verify': () => ({ account: 'acct_own', token: 'tok_own', address: ADDRESS, chain_id: 31_337 }),
  }
  const fetch = async (input: unknown, init?: RequestInit) => {
    const path = String(input).split('?')[0] ?? ''
    const token = new Headers(init?.headers).get('Voxfare-Account')
    asked.push(path)
    const { agrees } = init?.body === undefined ? {} : (JSON.parse(String(init.body)) as { agrees?: unknown })
    if (agrees !== undefined) agreed.push([path, agrees])
    if (token === 'tok_gone') return new Response('{}', { status: 401 })
    const answer = answers[path]?.(token)
    return answer === undefined ? new Response('{}', { status: 404 }) : Response.json(answer)
  }
  const made2 = new VoxfareWallet({
    session, fetch: fetch as typeof globalThis.fetch, accounts: { get: () => account, set: (next) => void (account = next) },
    discover: (found) => {
      found(provider === undefined ? [] : [{ id: 'w', name: 'Albatross', rdns: 'example.albatross', provider }])
      return () => undefined
    },
  })
  return { session, wallet: made2, sent, asked, agreed, kept: () => account, say: (...events) => events.forEach((event) => listener?.onEvent(event as ServerEvent)) }
}

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !holds(); turn += 1) await new Promise((done) => setTimeout(done, 5))
  expect(holds(), holds.toString()).toBe(true)
}

const uses = ({ sent }: Scene) => sent.flatMap((event) => (event.type === 'voxfare.account.use' ? [event.token] : []))
const QUOTE = {
  type: 'voxfare.card',
  card: { kind: 'quote', item: { kind: 'hotel', offer: { id: 'h', name: 'Due Torri', district: 'Trastevere', city: 'Rome', stars: 4, check_in: '2026-12-01', check_out: '2026-12-03', total: { minor: 1, currency: 'USD' }, free_cancellation: true, source: 'synthetic' } } },
}

const BOOKING = { type: 'voxfare.card', card: { kind: 'booking', booking: { reference: 'XK4PLM', state: 'confirmed', made_at: '2026-11-28T10:00:00Z', order: { key: 'k', item: QUOTE.card.item, travellers: [], account: null } } } }
const BOTH = [{ text: 'rewards', version: 1 }, { text: 'custody', version: 1 }]

test('an account that is known is told on every line, before anything is said', async () => {
  const it = scene({ token: 'tok_1', own: false })
  await it.session.type('to Rome')
  expect(it.sent.map(({ type }) => type)).toEqual(['voxfare.account.use', 'conversation.item.create', 'response.create'])
  expect([uses(it), it.asked]).toEqual([['tok_1'], []])
})

test('nobody gets an account unasked, whatever is booked or looked at; a booking asks for the texts', async () => {
  const it = scene(null)
  await it.session.type('a room in Rome')
  it.say(QUOTE)
  expect([uses(it), it.asked]).toEqual([[], []])
  it.say(BOOKING)
  await until(() => it.wallet.state.life.phase === 'none')
  await it.wallet.refresh()
  expect([uses(it), it.kept(), new Set(it.asked)]).toEqual([[], null, new Set(['/v1/wallet/terms'])])
})

test('whoever joins agrees to both texts as they were shown, and the call earns from then on', async () => {
  const it = scene(null)
  await it.session.type('a room in Rome')
  await it.wallet.join()
  expect([it.asked, it.kept()], 'no text was shown').toEqual([[], null])
  await it.wallet.refresh()
  await it.wallet.join()
  expect(it.agreed).toEqual([['/v1/wallet/accounts', BOTH]])
  expect([it.wallet.state.joining, it.wallet.state.overview?.account, uses(it)]).toEqual([{ phase: 'joined' }, 'acct_1', ['tok_1']])
})

test('an account that is asked for a newer text agrees to that one alone', async () => {
  const it = scene({ token: 'tok_before', own: false })
  await it.wallet.refresh()
  expect(textsToAgree(it.wallet.state).map(({ text }) => text)).toEqual(['rewards'])
  await it.wallet.join()
  expect([it.agreed, it.asked.includes('/v1/wallet/accounts')]).toEqual([[['/v1/wallet/consents', [{ text: 'rewards', version: 1 }]]], false])
  expect([it.wallet.state.joining.phase, textsToAgree(it.wallet.state)]).toEqual(['joined', []])
})

test('what cannot be taken back is a state', async () => {
  const it = scene({ token: 'tok_1', own: false })
  await it.wallet.refresh()
  await it.wallet.takeBack('unknown')
  expect(it.wallet.state.joining).toEqual({ phase: 'failed', of: 'taking-back', failure: { reason: 'no-rewards' } })
})

test('an account that the session does not know is given up, and a linked wallet is missed', async () => {
  const it = scene({ token: 'tok_gone', own: true })
  await it.session.type('to Rome')
  const refusal = (eventId: string) => ({ type: 'error', error: { type: 'invalid_request_error', code: 'account_not_found', message: 'No.', event_id: eventId } })
  it.say(refusal('account_use_1'))
  await until(() => it.wallet.state.life.phase === 'none')
  it.say(refusal('account_use_2'))
  expect([uses(it), it.kept(), it.wallet.state.signedOut, it.session.state.notice]).toEqual([['tok_gone', null], null, true, null])
})

test('whoever looks sees the account, and it hears of rewards in the call', async () => {
  const it = scene({ token: 'tok_1', own: false })
  await it.session.type('to Rome')
  const end = it.wallet.watch()
  await until(() => it.wallet.state.life.phase === 'ready')
  expect([it.wallet.state.overview?.account, uses(it)]).toEqual(['acct_1', ['tok_1']])
  it.say({ ...ACCOUNT }, told('1', 'settled'))
  expect(it.wallet.state.rewards.map(({ stage, told: times }) => [stage, times])).toEqual([['settled', 1]])
  // What the event did not say is asked for.
  await until(() => it.wallet.state.rewards[0]?.stage === 'issued')
  end()
})

test('a wallet signs in, the call earns for it, and it claims; a no is a state', async () => {
  let declines = true
  const provider: Eip1193Provider = {
    request: async ({ method }) => {
      if (method === 'personal_sign' && declines) throw Object.assign(new Error('no'), { code: 4001 })
      return { eth_requestAccounts: [ADDRESS], eth_accounts: [ADDRESS], eth_chainId: '0x7a69', personal_sign: '0xs', eth_sendTransaction: '0xhash' }[method]
    },
  }
  const it = scene(null, provider)
  await it.session.type('to Rome')
  const end = it.wallet.watch()
  await until(() => it.wallet.state.life.phase === 'none')
  await it.wallet.signIn('w')
  // Whoever signs in without an account agrees to the same.
  expect(it.agreed).toEqual([['/v1/auth/siwe/nonce', BOTH]])
  expect(it.wallet.state.signIn).toEqual({ phase: 'failed', wallet: 'w', failure: { reason: 'declined' } })
  declines = false
  await it.wallet.signIn('w')
  expect(it.wallet.state).toMatchObject({ signIn: { phase: 'idle' }, overview: { account: 'acct_own', holder: { kind: 'own' } } })
  expect([uses(it), it.kept()]).toEqual([['tok_1', 'tok_own'], { token: 'tok_own', own: true }])
  await it.wallet.claim('2')
  await it.wallet.claim('1')
  expect(it.wallet.state.claims).toEqual({ 1: { phase: 'sent', hash: '0xhash' }, 2: { phase: 'failed', failure: { reason: 'no-voucher' } } })
  await it.wallet.signOut()
  expect([it.wallet.state.life.phase, it.wallet.state.signedOut, it.kept(), uses(it).at(-1)]).toEqual(['none', false, null, null])
  end()
})

test('the hook reads the nearest wallet', () => {
  const it = scene(null)
  const Shown = () => createElement('p', null, useWallet((state) => state.life.phase))
  // oxlint-disable-next-line react/no-children-prop
  expect(renderToStaticMarkup(createElement(WalletProvider, { wallet: it.wallet, children: createElement(Shown) }))).toBe('<p>unknown</p>')
  expect(() => renderToStaticMarkup(createElement(Shown))).toThrow('WalletProvider')
})
