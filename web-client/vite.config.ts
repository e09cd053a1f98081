// How the page is built: one self-contained folder of hashed files that needs no inline script or style.
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

// `npm run dev` and `npm run preview` beside a running server.
const target = process.env['VOXFARE_SERVER'] ?? 'http://127.0.0.1:8080'
const proxy = { '/v1': { target, ws: true }, '/openapi.json': { target }, '/asyncapi.json': { target } }

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    target: 'es2024',
    // No `data:` addresses, so that the content security policy can stay at 'self'.
    assetsInlineLimit: 0,
    // The page for travellers, and those for developers.
    rolldownOptions: { input: ['index.html', 'console.html', 'docs.html'] },
    // The polyfill is for browsers that lack WebRTC data channels anyway.
    modulePreload: { polyfill: false },
  },
  server: { proxy },
  preview: { proxy },
  test: { include: ['test/**/*.test.ts'], environment: 'node', testTimeout: 20_000 },
})
