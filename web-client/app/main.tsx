// Starts the page.
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { SessionProvider } from '../sdk/react/SessionProvider.tsx'
import { WalletProvider } from '../sdk/react/WalletProvider.tsx'
import { App } from './App.tsx'
import { session } from './session.ts'
import { wallet } from './wallet.ts'
import './styles.css'

const root = document.getElementById('root')
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <SessionProvider session={session}>
        <WalletProvider wallet={wallet}>
          <App />
        </WalletProvider>
      </SessionProvider>
    </StrictMode>,
  )
}
