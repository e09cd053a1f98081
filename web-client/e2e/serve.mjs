// Serves the built page under the strict content security policy, so that the browser runs prove it needs nothing more.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WebSocketServer } from 'ws'

/** The policy the server should send with the page. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "font-src 'self'", "connect-src 'self'",
  "media-src 'self' blob: mediastream:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
].join('; ')

/** Serves a folder, `dist` if not said, on a free port of `host`; answers the address and the function that stops it. */
export async function serve({ host = '127.0.0.1', folder = 'dist', policy = CONTENT_SECURITY_POLICY } = {}) {
  const root = fileURLToPath(new URL(`../${folder}/`, import.meta.url))
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://page').pathname
    // The server has the two descriptions in its binary, and the page of the docs under a plain name.
    const named = { '/': '/index.html', '/docs': '/docs.html' }[path] ?? path
    const file = DESCRIPTIONS.includes(path) ? fileURLToPath(new URL(`../../docs${path}`, import.meta.url)) : join(root, normalize(named))
    try {
      const body = await readFile(file)
      response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream', ...(policy === null ? {} : { 'Content-Security-Policy': policy }) })
      response.end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  // A real socket of the same origin, to see that the policy lets it pass; it only greets.
  new WebSocketServer({ server, path: '/v1/realtime', handleProtocols: () => 'realtime' }).on('connection', (socket) => {
    socket.send(JSON.stringify({ type: 'voxfare.session', event_id: 'event_1', session_id: 'sess_1', resume_token: 'rt_1', resume_expires_at: 4_102_444_800, resumed: false }))
  })
  await new Promise((ready) => server.listen(0, host, ready))
  return { url: `http://${host}:${server.address().port}/`, stop: () => server.close() }
}

const DESCRIPTIONS = ['/openapi.json', '/asyncapi.json']
const TYPES = { '.json': 'application/json', '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' }
