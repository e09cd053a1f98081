// A wallet in the page that really signs: announced by EIP-6963, asked by EIP-1193, with keys that are good for tests alone.
import { isHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

/**
 * Puts wallets into every page of the context, `{ name, key }` each; transactions go to the chain at `rpcUrl`.
 * Answers what a run may do with them: `refuse(methods)` as a person who says no, `asked()` what they were asked.
 */
export async function installWallets(context, wallets, rpcUrl) {
  const chain = new Chain(rpcUrl)
  const held = new Map(wallets.map(({ name, key }) => [name, new Wallet(privateKeyToAccount(key), chain)]))
  await context.exposeFunction('__eip1193', async (name, method, params) => {
    try {
      return { result: await held.get(name).request(method, params ?? []) }
    } catch ({ code = -32603, message }) {
      return { error: { code, message } }
    }
  })
  await context.addInitScript(announce, [...held.keys()])
  const all = [...held.values()]
  return {
    refuse: (methods) => all.forEach((wallet) => (wallet.refused = new Set(methods))),
    asked: () => all.flatMap((wallet) => wallet.asked),
    addresses: () => all.map(({ account }) => account.address),
  }
}

/** Runs in the page before its scripts. */
function announce(names) {
  const wallets = names.map((name) => {
    const request = async ({ method, params }) => {
      const { result, error } = await window.__eip1193(name, method, params)
      if (error !== undefined) throw Object.assign(new Error(error.message), { code: error.code })
      return result
    }
    const info = { uuid: crypto.randomUUID?.() ?? name, name, rdns: `test.${name.toLowerCase().replaceAll(' ', '-')}`, icon: 'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg"/%3E' }
    return Object.freeze({ info: Object.freeze(info), provider: { request, on: () => undefined, removeListener: () => undefined } })
  })
  const say = () => wallets.forEach((detail) => window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail })))
  window.addEventListener('eip6963:requestProvider', say)
  say()
}

class Wallet {
  /** Methods that the person says no to. */
  refused = new Set()
  asked = []
  chainId = null
  open = false

  constructor(account, chain) {
    this.account = account
    this.chain = chain
    this.known = new Set()
  }

  async request(method, params) {
    this.asked.push(method)
    if (this.refused.has(method)) throw failure(4001, 'User rejected the request.')
    switch (method) {
      case 'eth_requestAccounts':
        this.open = true
        return [this.account.address]
      case 'eth_accounts':
        return this.open ? [this.account.address] : []
      case 'eth_chainId':
        return hex(await this.on())
      case 'personal_sign':
        return this.sign(...params)
      case 'eth_sendTransaction':
        return this.send(params[0])
      case 'wallet_switchEthereumChain':
        return this.switch(Number(params[0].chainId))
      case 'wallet_addEthereumChain':
        this.known.add(Number(params[0].chainId))
        return this.switch(Number(params[0].chainId))
      default:
        if (/^eth_(?:call|estimateGas|get\w+|blockNumber)$/u.test(method)) return this.chain.ask(method, params)
        throw failure(4200, `${method} is not supported.`)
    }
  }

  /** The chain it is on: the server's, until it is asked to change. */
  async on() {
    this.chainId ??= await this.chain.id()
    this.known.add(this.chainId)
    return this.chainId
  }

  async switch(chainId) {
    await this.on()
    if (!this.known.has(chainId)) throw failure(4902, `Unrecognized chain ID ${hex(chainId)}.`)
    this.chainId = chainId
    return null
  }

  sign(text, address) {
    this.mine(address)
    return this.account.signMessage({ message: isHex(text) ? { raw: text } : text })
  }

  /** Fills in what a wallet does, signs, and sends. */
  async send({ from, to, data = '0x', value = '0x0', gas }) {
    this.mine(from)
    if ((await this.on()) !== (await this.chain.id())) throw failure(4901, 'The wallet has no way to this chain.')
    const call = { from: this.account.address, to, data, value }
    const [nonce, price, needed] = await Promise.all([
      this.chain.ask('eth_getTransactionCount', [this.account.address, 'pending']),
      this.chain.ask('eth_gasPrice', []),
      gas ?? this.chain.ask('eth_estimateGas', [call]),
    ])
    const raw = await this.account.signTransaction({
      type: 'eip1559', chainId: this.chainId, nonce: Number(nonce), to, data, value: BigInt(value), gas: (BigInt(needed) * 6n) / 5n,
      maxFeePerGas: BigInt(price) * 2n, maxPriorityFeePerGas: BigInt(price) < TIP ? BigInt(price) : TIP,
    })
    return this.chain.ask('eth_sendRawTransaction', [raw])
  }

  mine(address) {
    if (String(address).toLowerCase() !== this.account.address.toLowerCase()) throw failure(4100, 'The account is not open.')
  }
}

/** The server's own chain. */
class Chain {
  #id = null

  constructor(url) {
    this.url = url
  }

  async id() {
    this.#id ??= Number(await this.ask('eth_chainId', []))
    return this.#id
  }

  async ask(method, params) {
    const answer = await fetch(this.url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) })
    if (!answer.ok) throw failure(4900, `The chain answered with ${answer.status}.`)
    const { result, error } = await answer.json()
    if (error !== undefined) throw failure(error.code, error.message)
    return result
  }
}

function failure(code, message) {
  return Object.assign(new Error(message), { code })
}

function hex(number) {
  return `0x${number.toString(16)}`
}

const TIP = 1_000_000_000n
