// The double of the server's wallet, and wallets that sign nothing, for the browser runs. It never ships.
// It is put into the page behind double.js; `window.__wallet` then drives it.
;(() => {
  const ADDRESS = '0x9858EfFD232B4033E47d90003D41EC34EcaEda94'
  const KEPT = '0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF'
  const HOUR_S = 3600
  const realFetch = window.fetch
  const trvl = (whole) => ({ wei: `${BigInt(Math.round(whole * 100))}${'0'.repeat(16)}`.replace(/^0+(?=\d)/u, ''), trvl: whole.toFixed(2) })
  const double = { mode: 'ok', asked: [], rewards: [], vouchers: [], balance: 0, pending: 0, staked: 0, owing: 0, accounts: {}, answers: {}, wallets: [], requests: [], agreed: [], version: 1, consents: {} }
  let made = 0
  const PAGES = {
    rewards: ['What bookings earn', 'When Voxfare books for you and your account has joined, the booking earns you TRVL, a token.\n\nYou can take this back at any time.'],
    custody: ['What we keep for you', 'Until you sign in with a wallet of your own, this server keeps your rewards for you.\n\nWhoever has the token has the account.'],
    referral: ['What is shared with your friend', 'You name the friend who brought you by their code: once, and for good.'],
  }
  // A newer version is one of the rewards' text.
  const versionOf = (text) => (text === 'rewards' ? double.version : 1)

  window.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input, location.href)
    if (!/^\/v1\/(wallet|auth\/siwe|chain)\b/u.test(url.pathname)) return realFetch(input, init)
    double.asked.push(url.pathname)
    if (double.mode === 'down') throw new TypeError('Failed to fetch')
    if (double.mode === 'none') return problem(404, 'There is nothing here.')
    const token = new Headers(init?.headers).get('Voxfare-Account')
    const body = init?.body === undefined ? null : JSON.parse(init.body)
    const name = url.pathname.split('/').at(-1)
    if (name === 'terms') return Response.json({ terms: Object.entries(PAGES).map(([text, [title, words]]) => ({ text, version: versionOf(text), language: 'en', title, words })), chain_id: 31337 })
    const missing = ['rewards', 'custody'].filter((text) => !body?.agrees?.some((said) => said.text === text && said.version === versionOf(text)))
    if ((name === 'accounts' || (name === 'nonce' && double.accounts[token] === undefined)) && missing.length > 0) return problem(422, 'Agree first.', { missing: missing.map((text) => ({ text, version: versionOf(text) })) })
    if (body?.agrees !== undefined) for (const { text, version } of body.agrees) agree(text, version)
    if (name === 'accounts') return Response.json(open(false), { status: 201 })
    if (name === 'nonce') return Response.json({ ...(double.accounts[token] ?? open(false)), nonce: 'Zx81Nonce', message: `localhost wants you to sign in with your Ethereum account:\n${body.address}`, expires_at: 4102444800 })
    const account = double.accounts[token]
    if (account === undefined) return problem(401, 'No such account.')
    if (init?.method === 'DELETE') {
      double.consents[name].forEach((consent) => (consent.taken_back_at ??= 1795750800))
      return new Response(null, { status: 204 })
    }
    if (name === 'verify') return Response.json({ ...open(true), address: ADDRESS, chain_id: 31337 })
    return Response.json(ANSWERS[name](account, url.searchParams))
  }

  const ANSWERS = {
    wallet: ({ account, own }) => ({
      account,
      holder: { kind: own ? 'own' : 'custodial', address: own ? ADDRESS : KEPT, chain_id: 31337 },
      chain: { id: 31337, name: 'Voxfare local chain', block: 4711 },
      balance: trvl(double.balance), staked: trvl(double.staked), pending: trvl(double.pending), owing: trvl(double.owing),
      tier: { level: 1, name: 'Navigator', boost_percent: 10 },
      referral: { code: 'NORTH-WIND-7' },
      sponsored: !own,
      asks: (own ? ['rewards'] : ['rewards', 'custody']).flatMap((text) => {
        const [all, held] = [double.consents[text] ?? [], (double.consents[text] ?? []).filter((consent) => consent.taken_back_at === null)]
        if (held.some(({ version }) => version >= versionOf(text))) return []
        return [{ text, version: versionOf(text), standing: held.length > 0 ? 'older' : all.length > 0 ? 'taken_back' : 'never' }]
      }),
    }),
    consents: () => ({ consents: Object.values(double.consents).flat() }),
    history: (_, query) => {
      const from = Number(query.get('before') ?? 0)
      return { rewards: double.rewards.slice(from, from + 5), next: double.rewards.length > from + 5 ? from + 5 : null }
    },
    vouchers: ({ own }) => ({ vouchers: own ? double.vouchers : [] }),
    tiers: () => ({
      tiers: ['Passenger', 'Navigator', 'Captain'].map((name, level) => ({ level, name, min_wei: trvl(level * 500).wei, min_trvl: String(level * 500), lock_days: level * 90, boost_percent: level * 10 })),
      level: 1,
    }),
    price: (_, query) => ({ currency: query.get('currency'), minor_per_trvl: '125.5', at: 1795750800, source: 'test' }),
  }

  function open(own) {
    made += 1
    const account = { account: `acct_${made}`, token: `tok_${made}`, own, expires_at: 4102444800 }
    double.accounts[account.token] = account
    return account
  }

  function agree(text, version) {
    double.agreed.push(`${text} ${version}`)
    ;(double.consents[text] ??= []).push({ text, version, language: 'en', way: 'clicked', agreed_at: 1795750800, taken_back_at: null })
  }

  function problem(status, detail, more = {}) {
    return new Response(JSON.stringify({ title: 'Refused', status, detail, ...more }), { status, headers: { 'Content-Type': 'application/problem+json' } })
  }

  /** A reward as the history has it. */
  double.reward = (reference, stage, whole, why, hoursAgo) => {
    const at = 1795750800 - hoursAgo * HOUR_S
    return { booking: `b_${reference}`, reference, stage, ...trvl(whole), commission_minor: Math.round(whole * 179), currency: 'USD', earned_at: at, stage_at: at + HOUR_S / 2, why }
  }
  /** The event that the session says of it. */
  double.told = ({ booking, reference, stage, wei, trvl: written, why }) => ({ type: 'voxfare.wallet.reward', booking, reference, stage, wei, trvl: written, why })
  /** The event of the balance. */
  double.balanced = () => ({ type: 'voxfare.wallet.balance', ...trvl(double.balance), pending: trvl(double.pending) })
  double.used = (own) => ({ type: 'voxfare.wallet.account', account: 'acct_1', kind: own ? 'own' : 'custodial', address: own ? ADDRESS : KEPT, balance: trvl(double.balance) })
  double.voucher = (reference) => ({ booking: `b_${reference}`, expires_at: 4102444800, distributor: ADDRESS, chain_id: 31337, typed_data: {}, signature: '0x00', claim: { to: ADDRESS, data: '0xc1a1' } })
  /** The server knows none of its accounts any more. */
  double.forget = () => (double.accounts = {})
  /** The text of rewards has changed since everybody agreed. */
  double.change = () => (double.version += 1)

  const calls = { eth_requestAccounts: [ADDRESS], eth_accounts: [ADDRESS], eth_chainId: '0x7a69', personal_sign: '0x5161', eth_sendTransaction: '0x7a5b' }
  /** Wallets of these names announce themselves. What one is asked is answered at once, or as `answers` has it: a number refuses, `wait` never answers. */
  double.announce = (...names) => {
    const provider = {
      request: async ({ method }) => {
        double.requests.push(method)
        const answer = double.answers[method] ?? calls[method]
        if (answer === 'wait') return new Promise(() => undefined)
        if (typeof answer === 'number') throw Object.assign(new Error('User rejected the request.'), { code: answer })
        return answer
      },
    }
    const say = () => {
      for (const name of names) {
        const detail = Object.freeze({ info: { uuid: `uuid-${name}`, name, rdns: 'example.wallet', icon: 'data:image/svg+xml,%3Csvg/%3E' }, provider })
        window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }))
      }
    }
    window.addEventListener('eip6963:requestProvider', say)
    say()
  }
  window.__wallet = double
})()
