// What each failure with a wallet is called on the page, and what the traveller can do about it. Words only.
import type { SignInStep } from '../../sdk/wallet/sign-in.ts'
import type { WalletFailure } from '../../sdk/wallet/failure.ts'
import { formatAddress } from './format.ts'
import { textNames } from './joining.ts'

/** A failure in words. */
export interface WalletTrouble {
  readonly title: string
  readonly body: string
  /** It is no alarm: the traveller chose it, or nothing can be done. */
  readonly calm: boolean
}

/** The words for a failure; `name` is the wallet's. */
export function walletTrouble(failure: WalletFailure, name = 'your wallet'): WalletTrouble {
  switch (failure.reason) {
    case 'declined':
      return say('You said no', `Nothing was done. Try again when you like, and confirm it in ${name}.`, true)
    case 'busy':
      return say('The wallet is waiting for you', `Open ${name} and answer what it asks, then try again.`)
    case 'locked':
      return say('The wallet gave no account', `Unlock ${name}, or make an account in it, and try again.`)
    case 'disconnected':
      return say('The wallet is not connected', `Look at the network in ${name}, then try again.`)
    case 'other-account':
      return say('Another account is open', `Choose ${formatAddress(failure.expected)} in ${name}: the reward is for that one.`)
    case 'other-chain':
      return say('The wallet is on another chain', `Switch ${name} to chain ${failure.chainId} and try again. Nothing was sent.`)
    case 'no-coin':
      return say('Not enough for the fee', 'The chain takes a small fee in its own coin. Put some into the account and try again.')
    case 'unsupported':
      return say('The wallet cannot do this', 'Use another one, or let Voxfare keep your rewards for you.')
    case 'no-wallet':
      return say('The wallet is not here', 'Sign in with the wallet that holds the account, in the browser that has it.')
    case 'wallet-failed':
      return say('The wallet reported an error', failure.detail === '' ? 'It did not say which. Try again.' : failure.detail)
    case 'not-verified':
      return say('The signature was not accepted', failure.detail === '' ? 'It may have come too late. Try again.' : failure.detail)
    case 'no-voucher':
      return say('There is nothing to claim', 'The voucher was claimed already, or is no longer good.')
    case 'no-account':
      return say('There is no account', 'The server does not know your account any more. Join again, or sign in with your wallet.')
    case 'not-agreed':
      return say('The terms have changed', `They are shown here as they are now. Read what they say of ${textNames(failure.missing)}, and agree.`, true)
    case 'no-rewards':
      return say('No rewards here', 'This server gives no rewards. Everything else works as ever.', true)
    case 'not-understood':
      return say('The answer was not understood', 'This page may be older than the server. Reload it.')
    case 'server-busy':
      return say('The server is busy', `Try again in ${failure.retryAfterS} seconds.`)
    case 'server-unreachable':
      return say('Voxfare does not answer', 'Check your connection, then try again. What was earned is not lost.')
    case 'not-allowed':
      return say('The server did not accept this', 'Reload the page and try again.')
    case 'refused':
      return say('The server refused this', failure.detail === '' ? `It answered with status ${failure.status}.` : failure.detail)
  }
}

/** What happens now, and where to look. */
export function signInWords(step: SignInStep, name: string): string {
  switch (step) {
    case 'connecting':
      return `${name} asks whether this page may see your address.`
    case 'signing':
      return `Sign the message in ${name}. It costs nothing and moves nothing.`
    case 'checking':
      return 'Checking the signature.'
  }
}

function say(title: string, body: string, calm = false): WalletTrouble {
  return { title, body, calm }
}
