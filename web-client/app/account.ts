// The traveller's account with the server, as this browser remembers it.
import type { AccountStore, KeptAccount } from '../sdk/wallet/client.ts'

/** The account in this browser; where storage is forbidden it lasts as long as the page. */
export function rememberedAccount(): AccountStore {
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
