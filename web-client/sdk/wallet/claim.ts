// Claims a voucher with the traveller's own wallet: the right account, the right chain, one transaction. The server wrote the transaction.
import { WalletError, walletFailureOf } from './failure.ts'
import type { Eip1193Provider } from './provider.ts'
import { chainOf, firstOf } from './sign-in.ts'
import type { Voucher } from './words.ts'

/** What is needed to claim. */
export interface ClaimOptions {
  /** The linked address. */
  readonly holder: string
  /** Finds out what to tell a wallet of the chain when it does not know it (EIP-3085); null when it must know it. */
  readonly teach?: (chainId: number) => Promise<ChainWords | null>
}

/** What a wallet needs to know of a chain. */
export interface ChainWords {
  readonly name: string
  readonly rpcUrl: string
}

/** Sends the transaction; answers its hash as soon as the wallet has sent it. Throws a `WalletError`. */
export async function claimVoucher(provider: Eip1193Provider, voucher: Voucher, { holder, teach }: ClaimOptions): Promise<string> {
  try {
    const from = firstOf(await provider.request({ method: 'eth_requestAccounts' }))
    if (from.toLowerCase() !== holder.toLowerCase()) throw new WalletError({ reason: 'other-account', expected: holder })
    await switchTo(provider, voucher.chain_id, teach)
    const { to, data } = voucher.claim
    const hash = await provider.request({ method: 'eth_sendTransaction', params: [{ from, to, data, value: '0x0' }] })
    if (typeof hash !== 'string') throw new WalletError({ reason: 'wallet-failed', detail: '' })
    return hash
  } catch (thrown) {
    throw new WalletError(walletFailureOf(thrown))
  }
}

async function switchTo(provider: Eip1193Provider, chainId: number, teach: ClaimOptions['teach']): Promise<void> {
  if ((await chainOf(provider)) === chainId) return
  const id = `0x${chainId.toString(16)}`
  try {
    await provider.request({ method: 'wallet_switchEthereumChain', params: [{ chainId: id }] })
  } catch (thrown) {
    if (!isUnknownChain(thrown)) throw thrown
    const chain = (await teach?.(chainId)) ?? null
    if (chain === null) throw new WalletError({ reason: 'other-chain', chainId })
    const coin = { name: 'Ether', symbol: 'ETH', decimals: 18 }
    await provider.request({ method: 'wallet_addEthereumChain', params: [{ chainId: id, chainName: chain.name, rpcUrls: [chain.rpcUrl], nativeCurrency: coin }] })
  }
  // A wallet may add a chain without going to it, and a transaction on another chain would be lost money.
  if ((await chainOf(provider)) !== chainId) throw new WalletError({ reason: 'other-chain', chainId })
}

/** Some wallets wrap the code of EIP-3326. */
function isUnknownChain(thrown: unknown): boolean {
  const { code, data } = thrown instanceof Object ? (thrown as { code?: unknown; data?: { originalError?: { code?: unknown } } }) : {}
  return code === 4902 || data?.originalError?.code === 4902
}
