// Starts the page of the interfaces.
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '../app/styles.css'
import { Docs } from './parts/Docs.tsx'

const root = document.getElementById('root')
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <Docs />
    </StrictMode>,
  )
}
