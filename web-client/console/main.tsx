// Starts the developers' console.
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '../app/styles.css'
import { Console } from './parts/Console.tsx'

const root = document.getElementById('root')
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <Console />
    </StrictMode>,
  )
}
