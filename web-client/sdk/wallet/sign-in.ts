// Sign-In with Ethereum (ERC-4361): the server writes the words, the wallet signs them, the server checks. Nothing is put together here.
import type { WalletClient } from './client.ts'
import { WalletError, walletFailureOf } from './failure.ts'
import type { Eip1193Provider } from './provider.ts'
import type { Agreement, Linked } from './words.ts'

/** How far a sign-in is: the wallet opens, the words are signed, the server checks them. */
export type SignInStep = 'connecting' | 'signing' | 'checking'

/** What may be said about a sign-in. */
export interface SignInOptions {
  /** The chain that the words name; the wallet's own when absent. */
  readonly chainId?: number
  /** What whoever has no account agrees to: the texts of rewards and custody. */
  readonly agreement?: Agreement
  /** Hears how far it is. */
  readonly onStep?: (step: SignInStep) => void
}

/** Links the wallet to the account, or finds the account that it is linked to. Throws a `WalletError`. */
export async function signInWithWallet(provider: Eip1193Provider, client: WalletClient, { chainId, agreement, onStep }: SignInOptions = {}): Promise<Linked> {
  try {
    onStep?.('connecting')
    const address = firstOf(await provider.request({ method: 'eth_requestAccounts' }))
    const chain = chainId ?? (await chainOf(provider))
    const { message } = await client.challenge(address, chain, agreement)
    onStep?.('signing')
    const signature = await provider.request({ method: 'personal_sign', params: [hexOf(message), address] })
    if (typeof signature !== 'string') throw new WalletError({ reason: 'wallet-failed', detail: '' })
    onStep?.('checking')
    return await client.verify(message, signature)
  } catch (thrown) {
    throw new WalletError(walletFailureOf(thrown))
  }
}

/** The number of the chain that the wallet is on. */
export async function chainOf(provider: Eip1193Provider): Promise<number> {
  const chain = Number(await provider.request({ method: 'eth_chainId' }))
  if (!Number.isSafeInteger(chain) || chain <= 0) throw new WalletError({ reason: 'wallet-failed', detail: '' })
  return chain
}

/** The first account of an answer that is a list of them. */
export function firstOf(accounts: unknown): string {
  const first: unknown = Array.isArray(accounts) ? accounts[0] : undefined
  if (typeof first !== 'string') throw new WalletError({ reason: 'locked' })
  return first
}

/** A text as wallets want it: its bytes in hexadecimal. */
function hexOf(text: string): string {
  return `0x${Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
