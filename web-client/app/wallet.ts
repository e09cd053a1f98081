// The page's one wallet, and whether it is looked at.
import { create } from 'zustand'
import { VoxfareWallet } from '../sdk/wallet/wallet.ts'
import { rememberedAccount } from './account.ts'
import { session } from './session.ts'

/** The traveller's rewards at the server of the page's own origin. */
export const wallet = new VoxfareWallet({ session, accounts: rememberedAccount() })

/** Whether the sheet with the rewards is open. */
export const sheetStore = create<{ readonly open: boolean }>(() => ({ open: false }))
