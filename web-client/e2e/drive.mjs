// A browser at the end of two pipes: one command a line in, what the page shows and what the data channel says out. It decides nothing.
// node e2e/drive.mjs <url> [--wav speech.wav | --voice] [--insecure] [--wallet NAME=KEY]...
// --voice: the microphone hears what `speak` says; --wallet: wallets of these names are in the page, and sign with these keys.
// In:  {"do":"dial"} {"do":"press","name":"Send"} {"do":"open","name":"..."} {"do":"type","text":"..."} {"do":"fill","label":"...","text":"..."} {"do":"record"} {"do":"save","path":"reply.wav"}
//      {"do":"screenshot","path":"shot.png"} {"do":"evaluate","expression":"..."} {"do":"speak","path":"speech.wav"} {"do":"quit"}
//      {"do":"refuse","methods":["personal_sign"]} {"do":"asked"}: the wallets say no, tell what they were asked
// Out: {"page":{...}} at every change, {"event":{...}} for every event of the server, {"error":"..."}, {"done":"screenshot",...}
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { installVoice, launch, readPage, recordRemoteAudio, screenshot, speak } from './browser.mjs'
import { installWallets } from './wallet.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    wav: { type: 'string' }, voice: { type: 'boolean', default: false }, insecure: { type: 'boolean', default: false },
    wallet: { type: 'string', multiple: true, default: [] },
  },
})
const [url] = positionals
if (url === undefined) {
  console.error('usage: node e2e/drive.mjs <url> [--wav speech.wav | --voice] [--insecure] [--wallet NAME=KEY]...')
  process.exit(64)
}

const { protocol, origin } = new URL(url)
const { browser, context, page } = await launch({ wav: values.wav ?? null, insecureTls: values.insecure, trusted: protocol === 'http:' ? origin : null })
if (values.voice) await installVoice(context)
const keys = values.wallet.map((pair) => ({ name: pair.slice(0, pair.lastIndexOf('=')), key: pair.slice(pair.lastIndexOf('=') + 1) }))
const wallets = keys.length === 0 ? null : await installWallets(context, keys, new URL('/v1/chain/rpc', url).href)
let save = null
let shown = ''
const COMMANDS = {
  dial: () => page.locator('.dial').click(),
  press: ({ name }) => page.getByRole('button', { name }).first().click({ timeout: 60_000 }),
  type: async ({ text }) => {
    await page.getByLabel('Type instead of talking').fill(text)
    await page.getByLabel('Send').click()
  },
  // What is folded away under a title.
  open: ({ name }) => page.locator('summary', { hasText: name }).last().click({ timeout: 60_000 }),
  fill: ({ label, text }) => page.getByLabel(label).fill(text),
  record: async () => {
    save = await recordRemoteAudio(page)
  },
  save: ({ path }) => save(path),
  evaluate: async ({ expression }) => ({ value: await page.evaluate(expression) }),
  speak: ({ path }) => speak(page, path),
  refuse: ({ methods }) => wallets.refuse(methods),
  asked: () => ({ methods: wallets.asked(), addresses: wallets.addresses() }),
  screenshot: ({ path, full = false }) => screenshot(page, path, { full }),
}

page.on('pageerror', (error) => tell({ error: String(error) }))
page.on('console', (message) => message.type() === 'error' && tell({ console: message.text() }))
await page.exposeFunction('__heard', (event) => tell({ event }))
await page.exposeFunction('__changed', show)
await page.goto(url)
await watch()
// What is opened anew is watched anew.
page.on('load', () => void watch())
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line)
  if (command.do === 'quit') break
  try {
    tell({ done: command.do, ...(await COMMANDS[command.do](command)) })
  } catch (error) {
    tell({ failed: command.do, error: String(error) })
  }
}
await browser.close()
// An open pipe would keep the program waiting for the next line.
process.stdin.destroy()

async function watch() {
  await page.evaluate(() => {
    const looks = new MutationObserver(() => window.__changed())
    looks.observe(document.body, { childList: true, characterData: true, subtree: true, attributeFilter: ['open'] })
  })
  await show()
}

async function show() {
  const now = await readPage(page).catch(() => null)
  const text = JSON.stringify(now)
  if (now === null || text === shown) return
  shown = text
  tell({ page: now })
}

function tell(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
