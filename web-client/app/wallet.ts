// The page's one wallet, and whether it is looked at.
import { create } from 'zustand'
import type { AccountStore, KeptAccount } from '../sdk/wallet/client.ts'
import { VoxfareWallet } from '../sdk/wallet/wallet.ts'
import { session } from './session.ts'

/** The traveller's rewards at the server of the page's own origin. */
export const wallet = new VoxfareWallet({ session, accounts: remembered() })

/** Whether the sheet with the rewards is open. */
export const sheetStore = create<{ readonly open: boolean }>(() => ({ open: false }))

/** The account in this browser; where storage is forbidden it lasts as long as the page. */
function remembered(): AccountStore {
  let kept: KeptAccount | null = null
  try {
    kept = readKept(localStorage.getItem(KEY))
  } catch {
    // Storage is forbidden.
  }
  return {
    get: () => kept,
    set: (next) => {
      kept = next
      try {
        if (next === null) localStorage.removeItem(KEY)
        else localStorage.setItem(KEY, JSON.stringify(next))
      } catch {
        // The same.
      }
    },
  }
}

function readKept(text: string | null): KeptAccount | null {
  const read: unknown = JSON.parse(text ?? 'null')
  if (typeof read !== 'object' || read === null) return null
  const { token, own } = read as { token?: unknown; own?: unknown }
  return typeof token === 'string' && token !== '' ? { token, own: own === true } : null
}

const KEY = 'voxfare-account'
