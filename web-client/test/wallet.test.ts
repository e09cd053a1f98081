// The wallet's parts by themselves: sums, readers, the typed client, finding wallets, signing in, claiming. The server and the wallets are made of nothing.
import { expect, test } from 'vitest'
import { isSome, missingWei, percentOf, worthMinor, writeTrvl } from '../sdk/wallet/amount.ts'
import { claimVoucher } from '../sdk/wallet/claim.ts'
import { type KeptAccount, WalletClient } from '../sdk/wallet/client.ts'
import { WalletError, type WalletFailure, walletFailureOf, walletFailureOfStatus } from '../sdk/wallet/failure.ts'
import { type Eip1193Provider, type FoundWallet, discoverWallets } from '../sdk/wallet/provider.ts'
import { signInWithWallet } from '../sdk/wallet/sign-in.ts'
import { VoxfareWallet } from '../sdk/wallet/wallet.ts'
import { type Voucher, agreementTo, history, instant } from '../sdk/wallet/words.ts'

const ADDRESS = '0x9858EfFD232B4033E47d90003D41EC34EcaEda94'

test('amounts are summed without a float, and never rounded up', () => {
  expect(writeTrvl(12_500_000_000_000_000_000n)).toBe('12.5')
  expect(writeTrvl(1_234_567_999_999_999_999_999_999n)).toBe('1,234,567.99')
  expect([writeTrvl(0n), writeTrvl(1n), writeTrvl(1n, 18)]).toEqual(['0', '0', '0.000000000000000001'])
  expect(worthMinor('12500000000000000000', '125')).toBe(1562n)
  expect(worthMinor('12500000000000000000', '125.5')).toBe(1568n)
  // Far past what a double holds.
  expect(worthMinor('123456789012345678901234567890', '100')).toBe(12_345_678_901_234n)
  expect([missingWei('3', '10'), missingWei('11', '10')]).toEqual([7n, 0n])
  expect([percentOf('0', '0'), percentOf('1', '3'), percentOf('9', '3')]).toEqual([100, 33, 100])
  expect([isSome('0'), isSome('1')]).toEqual([false, true])
})

test('moments are read as seconds, milliseconds or ISO texts', () => {
  expect([instant(1_795_750_800), instant(1_795_750_800_000), instant('2026-11-27T03:00:00Z')]).toEqual([1_795_750_800_000, 1_795_750_800_000, 1_795_748_400_000])
  expect(typeof instant('soon')).toBe('symbol')
})

test('a history is read whole or not at all', () => {
  const reward = { booking: 'b', reference: 'XK4PLM', stage: 'settled', wei: '7', trvl: '0', commission_minor: 900, currency: 'USD', earned_at: 1_795_750_800, stage_at: null, why: 'A flight.' }
  expect(history({ rewards: [reward], next: 12 })).toMatchObject({ rewards: [{ earned_at: 1_795_750_800_000, why: 'A flight.' }], next: '12' })
  for (const wrong of [{ wei: '7.5' }, { wei: 7 }, { wei: '-7' }, { stage: 'spent' }, { reference: null }]) expect(typeof history({ rewards: [{ ...reward, ...wrong }], next: null })).toBe('symbol')
})

test('each way a wallet says no is its own failure', () => {
  const cases: readonly (readonly [object, WalletFailure])[] = [
    [{ code: 4001, message: 'User rejected the request.' }, { reason: 'declined' }],
    [{ code: -32_002 }, { reason: 'busy' }],
    [{ code: 4100 }, { reason: 'locked' }],
    [{ code: 4200 }, { reason: 'unsupported' }],
    [{ code: 4901 }, { reason: 'disconnected' }],
    [{ code: -32_000, message: 'insufficient funds for gas * price + value' }, { reason: 'no-coin' }],
    [new Error('Ledger is asleep'), { reason: 'wallet-failed', detail: 'Ledger is asleep' }],
    [new WalletError({ reason: 'other-chain', chainId: 5 }), { reason: 'other-chain', chainId: 5 }],
  ]
  for (const [thrown, failure] of cases) expect(walletFailureOf(thrown)).toEqual(failure)
  expect(walletFailureOf(undefined)).toEqual({ reason: 'wallet-failed', detail: '' })
  expect(walletFailureOfStatus(404, null, '')).toEqual({ reason: 'no-rewards' })
  expect(walletFailureOfStatus(503, '9', '')).toEqual({ reason: 'server-busy', retryAfterS: 9 })
  expect(walletFailureOfStatus(410, null, '')).toEqual({ reason: 'refused', status: 410, detail: '' })
})

interface Asked {
  readonly method: string
  readonly path: string
  readonly token: string | null
  readonly body: unknown
}

/** A server that answers by path, and remembers what it was asked. */
function server(answers: Readonly<Record<string, (asked: Asked) => object | number>>): { readonly asked: Asked[]; readonly fetch: typeof globalThis.fetch } {
  const asked: Asked[] = []
  const fetch = async (input: unknown, init?: RequestInit) => {
    const path = String(input)
    const one = { method: init?.method ?? 'GET', path, token: new Headers(init?.headers).get('Voxfare-Account'), body: init?.body === undefined ? null : (JSON.parse(String(init.body)) as unknown) }
    asked.push(one)
    const answer = answers[path.split('?')[0] ?? '']?.(one) ?? 404
    if (answer === 204) return new Response(null, { status: 204 })
    return typeof answer === 'number' ? new Response(JSON.stringify({ detail: 'No.' }), { status: answer }) : Response.json(answer)
  }
  return { asked, fetch: fetch as typeof globalThis.fetch }
}

function store(kept: KeptAccount | null = null) {
  return { kept, get: () => kept, set: (next: KeptAccount | null) => void (kept = next) }
}

const OVERVIEW = {
  account: 'acct_1', holder: { kind: 'custodial', address: ADDRESS, chain_id: 31_337 }, chain: { id: 31_337, name: 'Voxfare local', block: 12 },
  balance: { wei: '0', trvl: '0' }, staked: { wei: '0', trvl: '0' }, pending: { wei: '0', trvl: '0' }, owing: { wei: '0', trvl: '0' },
  tier: { level: 0, name: 'Explorer', boost_percent: 0 }, referral: { code: 'WIND-7' }, sponsored: true, asks: [],
}

const PAGES = ['rewards', 'custody', 'referral'].map((text, at) => ({ text, version: at + 1, language: 'en', title: text, words: 'One.\n\nTwo.' }))
const TERMS = { terms: PAGES, chain_id: 31_337 }
const JOINS = { agrees: [{ text: 'rewards', version: 1 }, { text: 'custody', version: 2 }], language: 'en' }

const failed = (asking: Promise<unknown>) => asking.then(() => null, (thrown: unknown) => walletFailureOf(thrown))

test('no account is made by itself: whoever joins agrees to the texts, and every call carries the account from then on', async () => {
  const { asked, fetch } = server({
    '/v1/wallet/terms': () => TERMS,
    '/v1/wallet/accounts': () => ({ account: 'acct_1', token: 'tok_1', expires_at: 1 }),
    '/v1/wallet': () => OVERVIEW,
    '/v1/wallet/history': () => ({ rewards: [], next: null }),
  })
  const client = new WalletClient({ fetch })
  expect([client.kept, await failed(client.overview()), asked]).toEqual([null, { reason: 'no-account' }, []])
  const read = await client.terms()
  expect(read).toEqual(TERMS)
  await client.join(agreementTo(read.terms.slice(0, 2)))
  await Promise.all([client.overview(), client.history('9', 5)])
  expect(asked.map(({ path, token, body }) => [path, token, body])).toEqual([
    ['/v1/wallet/terms', null, null], ['/v1/wallet/accounts', null, JOINS], ['/v1/wallet', 'tok_1', null], ['/v1/wallet/history?limit=5&before=9', 'tok_1', null],
  ])
})

test('what was agreed to is read, agreed to anew and taken back', async () => {
  const record = { consents: [{ text: 'rewards', version: 1, language: 'en', way: 'clicked', agreed_at: '2026-11-27T03:00:00Z', taken_back_at: null }] }
  const { asked, fetch } = server({ '/v1/wallet/consents': () => record, '/v1/wallet/consents/rewards': () => 204, '/v1/wallet/consents/referral': () => 409 })
  const client = new WalletClient({ fetch, accounts: store({ token: 'tok_1', own: false }) })
  expect(await client.consents()).toEqual([{ ...record.consents[0], agreed_at: 1_795_748_400_000 }])
  expect(await client.agree(JOINS)).toHaveLength(1)
  await client.takeBack('rewards')
  expect(await failed(client.takeBack('referral'))).toMatchObject({ reason: 'refused', status: 409 })
  expect(asked.map(({ method, path, body }) => [method, path, body])).toEqual([
    ['GET', '/v1/wallet/consents', null], ['POST', '/v1/wallet/consents', JOINS], ['DELETE', '/v1/wallet/consents/rewards', null], ['DELETE', '/v1/wallet/consents/referral', null],
  ])
})

test('a refusal for want of an agreement names the texts', () => {
  const body = JSON.stringify({ type: 'urn:voxfare:problem:not-agreed', detail: 'Agree first.', missing: [{ text: 'custody', version: 3 }], terms: '/v1/wallet/terms' })
  expect(walletFailureOfStatus(422, null, body)).toEqual({ reason: 'not-agreed', missing: [{ text: 'custody', version: 3 }] })
  expect(walletFailureOfStatus(422, null, '{"detail":"Else."}')).toEqual({ reason: 'refused', status: 422, detail: 'Else.' })
})

test('an account that the server knows no more is forgotten once, also when several calls find out at once', async () => {
  let signedOut = 0
  const { asked, fetch } = server({ '/v1/wallet': () => 401 })
  const accounts = store({ token: 'tok_old', own: true })
  const client = new WalletClient({ fetch, accounts, onSignedOut: () => (signedOut += 1) })
  const came = await Promise.all([failed(client.overview()), failed(client.overview()), failed(client.overview())])
  expect([came, signedOut, accounts.get(), asked.length]).toEqual([came.map(() => ({ reason: 'no-account' })), 1, null, 3])
})

test('what a server answers is a failure that says what to do', async () => {
  const failures = async (fetch: typeof globalThis.fetch) => new WalletClient({ fetch, accounts: store({ token: 't', own: false }) }).overview().catch((thrown: unknown) => walletFailureOf(thrown))
  expect(await failures(server({}).fetch)).toEqual({ reason: 'no-rewards' })
  expect(await failures(server({ '/v1/wallet': () => ({ account: 'acct_1' }) }).fetch)).toEqual({ reason: 'not-understood' })
  expect(await failures(async () => Promise.reject(new TypeError('Failed to fetch')))).toEqual({ reason: 'server-unreachable' })
})

/** A wallet that answers by method; a number is the code of a refusal. */
function wallet(answers: Readonly<Record<string, unknown>>): { readonly calls: string[]; readonly provider: Eip1193Provider } {
  const calls: string[] = []
  const provider: Eip1193Provider = {
    request: async ({ method, params }) => {
      calls.push(params === undefined ? method : `${method} ${JSON.stringify(params)}`)
      const answer = answers[method]
      const value: unknown = typeof answer === 'function' ? (answer as (params: unknown) => unknown)(params) : answer
      if (typeof value === 'number') throw Object.assign(new Error('refused'), { code: value })
      return value
    },
  }
  return { calls, provider }
}

const SIWE = {
  '/v1/auth/siwe/nonce': ({ body }: Asked) => ({ account: 'acct_1', token: 'tok_1', nonce: 'n', message: `Sign in ${JSON.stringify(body)}`, expires_at: 1 }),
  '/v1/auth/siwe/verify': () => ({ account: 'acct_own', token: 'tok_own', address: ADDRESS, chain_id: 1, expires_at: 1 }),
}

test('a wallet signs the words of the server, and its account is used from then on', async () => {
  const { asked, fetch } = server(SIWE)
  const accounts = store()
  const { calls, provider } = wallet({ eth_requestAccounts: [ADDRESS], eth_chainId: '0x1', personal_sign: '0xsigned' })
  const steps: string[] = []
  const linked = await signInWithWallet(provider, new WalletClient({ fetch, accounts }), { agreement: JOINS, onStep: (step) => steps.push(step) })
  expect(linked).toMatchObject({ account: 'acct_own', address: ADDRESS })
  expect(steps).toEqual(['connecting', 'signing', 'checking'])
  const asks = { address: ADDRESS, chain_id: 1, ...JOINS }
  const message = `Sign in ${JSON.stringify(asks)}`
  expect(calls.at(-1)).toBe(`personal_sign ${JSON.stringify([`0x${Buffer.from(message).toString('hex')}`, ADDRESS])}`)
  expect(asked.map(({ token, body }) => [token, body])).toEqual([[null, asks], ['tok_1', { message, signature: '0xsigned' }]])
  expect(accounts.get()).toEqual({ token: 'tok_own', own: true })
})

test('whatever stops a sign-in, the account stays what it was', async () => {
  const tries: readonly (readonly [Readonly<Record<string, unknown>>, object, WalletFailure['reason']])[] = [
    [{ eth_requestAccounts: 4001 }, {}, 'declined'],
    [{ eth_requestAccounts: [] }, {}, 'locked'],
    [{ eth_requestAccounts: [ADDRESS], eth_chainId: 'zero' }, {}, 'wallet-failed'],
    [{ eth_requestAccounts: [ADDRESS], eth_chainId: '0x1', personal_sign: 4001 }, {}, 'declined'],
    [{ eth_requestAccounts: [ADDRESS], eth_chainId: '0x1', personal_sign: '0xsigned' }, { '/v1/auth/siwe/verify': () => 401 }, 'not-verified'],
    [{ eth_requestAccounts: [ADDRESS], eth_chainId: '0x1', personal_sign: '0xsigned' }, { '/v1/auth/siwe/nonce': () => 503 }, 'server-busy'],
  ]
  for (const [answers, other, reason] of tries) {
    const accounts = store({ token: 'tok_1', own: false })
    const client = new WalletClient({ fetch: server({ ...SIWE, ...other }).fetch, accounts })
    const failure = await signInWithWallet(wallet(answers).provider, client).catch((thrown: unknown) => walletFailureOf(thrown))
    expect([failure, accounts.get()]).toMatchObject([{ reason }, { token: 'tok_1', own: false }])
  }
})

test('a sign-in with an account that is no more begins another one', async () => {
  const known = (asked: Asked) => (asked.token === 'tok_old' ? 401 : SIWE['/v1/auth/siwe/nonce'](asked))
  const { asked, fetch } = server({ ...SIWE, '/v1/auth/siwe/nonce': known })
  const client = new WalletClient({ fetch, accounts: store({ token: 'tok_old', own: true }) })
  await client.challenge(ADDRESS, 1, JOINS)
  expect(client.kept).toEqual({ token: 'tok_1', own: false })
  // An account is asked for nothing more; for a new one it is said what is agreed to.
  const body = { address: ADDRESS, chain_id: 1 }
  expect(asked.map(({ token, body: said }) => [token, said])).toEqual([['tok_old', body], [null, { ...body, ...JOINS }]])
})

const VOUCHER: Voucher = { booking: 'b', expires_at: null, distributor: '0xd', chain_id: 137, typed_data: {}, signature: '0xs', claim: { to: '0xd', data: '0xclaim' } }

test('a claim is sent from the linked account on the right chain', async () => {
  let chain = '0x1'
  const { calls, provider } = wallet({
    eth_requestAccounts: [ADDRESS.toLowerCase()], eth_chainId: () => chain, eth_sendTransaction: '0xhash',
    wallet_switchEthereumChain: () => {
      chain = '0x89'
      return null
    },
  })
  expect(await claimVoucher(provider, VOUCHER, { holder: ADDRESS })).toBe('0xhash')
  expect(calls.slice(2)).toEqual([
    'wallet_switchEthereumChain [{"chainId":"0x89"}]', 'eth_chainId',
    `eth_sendTransaction [{"from":"${ADDRESS.toLowerCase()}","to":"0xd","data":"0xclaim","value":"0x0"}]`,
  ])
})

test('a chain that the wallet does not know is taught it, and no transaction goes to another one', async () => {
  const tried = async (answers: Readonly<Record<string, unknown>>, taught = true) => {
    const { calls, provider } = wallet({ eth_requestAccounts: [ADDRESS], eth_chainId: '0x1', wallet_switchEthereumChain: 4902, eth_sendTransaction: '0xhash', ...answers })
    const teach = async () => (taught ? { name: 'Voxfare local', rpcUrl: 'https://voxfare.example/v1/chain/rpc' } : null)
    const came = await claimVoucher(provider, VOUCHER, { holder: ADDRESS, teach }).catch((thrown: unknown) => walletFailureOf(thrown))
    return [came, calls.filter((call) => call.startsWith('eth_sendTransaction')).length]
  }
  let asked = 0
  expect(await tried({ wallet_addEthereumChain: null, eth_chainId: () => ((asked += 1) === 1 ? '0x1' : '0x89') })).toEqual(['0xhash', 1])
  expect(await tried({ wallet_addEthereumChain: null })).toEqual([{ reason: 'other-chain', chainId: 137 }, 0])
  expect(await tried({}, false)).toEqual([{ reason: 'other-chain', chainId: 137 }, 0])
  expect(await tried({ wallet_addEthereumChain: 4001 })).toEqual([{ reason: 'declined' }, 0])
  expect(await tried({ eth_requestAccounts: ['0x01'] })).toEqual([{ reason: 'other-account', expected: ADDRESS }, 0])
})

test('wallets announce themselves; the first of a name stays, and the older way counts where none does', () => {
  const target = new EventTarget() as EventTarget & { ethereum?: unknown }
  const provider: Eip1193Provider = { request: async () => null }
  target.ethereum = provider
  const seen: string[][] = []
  const found = (wallets: readonly FoundWallet[]) => void seen.push(wallets.map(({ name }) => name))
  let asked = 0
  target.addEventListener('eip6963:requestProvider', () => (asked += 1))
  const end = discoverWallets(found, target)
  const announce = (info: object, by: unknown = provider) => target.dispatchEvent(Object.assign(new Event('eip6963:announceProvider'), { detail: { info, provider: by } }))
  announce({ uuid: '1', name: ' Albatross ', rdns: 'example.albatross' })
  announce({ uuid: '1', name: 'Impostor', rdns: 'example.impostor' })
  announce({ uuid: '2', name: 'x'.repeat(500), rdns: 'example.long' })
  announce({ uuid: '3', name: 'No provider' }, {})
  announce({ name: 'No id' })
  end()
  announce({ uuid: '4', name: 'Late' })
  expect([asked, seen]).toEqual([1, [['Browser wallet'], ['Albatross'], ['Albatross', 'x'.repeat(60)]]])
})

test('a friend is named and paid for through the account, and a refusal is a state', async () => {
  const none = { wei: '0', trvl: '0' }
  let named = 0
  const { asked, fetch } = server({
    '/v1/wallet': () => OVERVIEW,
    '/v1/wallet/history': () => ({ rewards: [], next: null }),
    '/v1/wallet/terms': () => TERMS,
    '/v1/wallet/referral': () => ((named += 1) === 1 ? 400 : { code: 'WIND-7', joined: 'wanted', friends: 2, credit: { wei: '5', trvl: '0' } }),
    '/v1/wallet/referral/withdraw': () => ({ code: 'WIND-7', joined: 'reached', friends: 2, credit: none }),
  })
  const made = new VoxfareWallet({ fetch, accounts: store({ token: 'tok_1', own: false }), discover: () => () => undefined })
  await made.refresh()
  await made.nameFriend('misread')
  expect(made.state.friend).toMatchObject({ phase: 'failed', of: 'naming', failure: { reason: 'refused', status: 400 } })
  const steps: string[] = []
  made.subscribe(({ friend, overview }) => steps.push(`${friend.phase} ${overview?.referral.joined}`))
  await made.nameFriend('abcd-1234')
  await made.withdraw()
  expect(steps).toContain('naming null')
  expect(steps).toContain('idle wanted')
  expect(steps).toContain('withdrawing null')
  expect(steps).toContain('idle reached')
  const posted = asked.filter(({ path }) => path.startsWith('/v1/wallet/referral')).map(({ path, body }) => [path, body])
  const agrees = { agrees: [{ text: 'referral', version: 3 }], language: 'en' }
  expect(posted).toEqual([
    ['/v1/wallet/referral', { code: 'misread', ...agrees }], ['/v1/wallet/referral', { code: 'abcd-1234', ...agrees }], ['/v1/wallet/referral/withdraw', {}],
  ])
})
