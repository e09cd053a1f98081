// Makes one real call through the page: presses the dial, lets the microphone hear a wav, and tells what came back.
// node e2e/call.mjs <url> [--wav speech.wav] [--loop] [--type text] [--record reply.wav] [--screenshot shot.png] [--dark] [--mobile]
//                         [--seconds 20] [--insecure] [--events events.json] [--json]
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { launch, readPage, recordRemoteAudio, screenshot } from './browser.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    wav: { type: 'string' }, loop: { type: 'boolean', default: false }, type: { type: 'string' }, record: { type: 'string' },
    screenshot: { type: 'string' }, dark: { type: 'boolean', default: false }, mobile: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '20' }, insecure: { type: 'boolean', default: false }, events: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const [url] = positionals
if (url === undefined) {
  console.error('usage: node e2e/call.mjs <url> [--wav speech.wav] [--type text] [--record reply.wav] [--screenshot shot.png] [--seconds 20] [--json]')
  process.exit(64)
}

const { browser, page } = await launch({ wav: values.wav ?? null, loop: values.loop, dark: values.dark, mobile: values.mobile, insecureTls: values.insecure })
const states = []
const errors = []
page.on('pageerror', (error) => errors.push(String(error)))
page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
try {
  await page.goto(url)
  const stop = await recordRemoteAudio(page)
  const began = Date.now()
  if (values.type === undefined) await page.locator('.dial').click()
  else {
    await page.getByLabel('Type instead of talking').fill(values.type)
    await page.getByLabel('Send').click()
  }
  // Watches how the call stands without missing the short states.
  await page.exposeFunction('__stood', (word) => states.push({ atMs: Date.now() - began, state: word }))
  await page.evaluate(() => {
    const status = document.querySelector('[data-standing]')
    window.__stood(status.textContent)
    new MutationObserver(() => window.__stood(status.textContent)).observe(status, { childList: true, characterData: true, subtree: true })
  })
  await page.waitForTimeout(Number(values.seconds) * 1000)
  if (values.screenshot !== undefined) await screenshot(page, values.screenshot)
  const shown = await readPage(page)
  const events = await page.evaluate(() => window.__voice.events)
  if (values.events !== undefined) await writeFile(values.events, JSON.stringify(events, null, 1))
  const recorded = values.record === undefined ? null : await stop(values.record)
  await page.keyboard.press('Escape')
  const latencies = events.filter(({ event }) => event.type === 'voxfare.latency').map(({ event }) => event.breakdown_ms)
  const report = { ...shown, states, latencies, recorded, eventTypes: countTypes(events), errors }
  console.log(values.json ? JSON.stringify(report, null, 1) : readable(report))
  process.exitCode = shown.entries.some((entry) => entry.who === 'Voxfare') && errors.length === 0 ? 0 : 1
} finally {
  await browser.close()
}

function countTypes(events) {
  const counts = {}
  for (const { event } of events) counts[event.type] = (counts[event.type] ?? 0) + 1
  return counts
}

function readable(report) {
  const lines = report.states.map(({ atMs, state }) => `${String(atMs).padStart(7)} ms  ${state}`)
  lines.push('', ...report.entries.map(({ who, text }) => `${who}: ${text}`))
  if (report.cards.length > 0) lines.push('', `shown: ${report.cards.join(', ')}`)
  if (report.answeredIn.length > 0) lines.push(`answered in: ${report.answeredIn.join(', ')}`)
  if (report.recorded !== null) lines.push(`recorded ${report.recorded.seconds.toFixed(1)} s, peak ${report.recorded.peak.toFixed(3)}`)
  lines.push(...report.alerts.map((alert) => `alert: ${alert}`), ...report.errors.map((error) => `error: ${error}`))
  return lines.join('\n')
}
