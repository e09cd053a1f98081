// Puts the built page into every state against the double, checks it, runs axe on it and takes pictures.
// node e2e/states.mjs [folder for the pictures] [names of scenes, or all]
import { execFileSync } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch, readPage, recordRemoteAudio, screenshot } from './browser.mjs'
import { serve } from './serve.mjs'
import { walletScenes } from './wallet-states.mjs'

const [out = join(tmpdir(), 'voxfare-states'), ...only] = process.argv.slice(2)
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const doublePaths = ['double', 'wallet-double'].map((name) => fileURLToPath(new URL(`../test/${name}.js`, import.meta.url)))
const failures = []

await mkdir(out, { recursive: true })
const { url, stop } = await serve()
const { wallet, walletCall, walletKeys } = walletScenes({ url, keep, call, play, script, expect })
try {
  const all = [
    ...LOOKS().map((look) => [{ ...look, microphone: 'granted' }, calls]),
    ...LOOKS().slice(0, 2).map((look) => [{ ...look, microphone: 'denied' }, denied]),
    [{ dark: false, mobile: false, microphone: 'granted' }, insecure],
    [{ dark: true, mobile: false, microphone: 'granted' }, behaviour],
    ...LOOKS().map((look) => [{ ...look, microphone: 'granted' }, developers]),
    [{ dark: false, mobile: false, microphone: 'granted' }, socket],
    ...LOOKS().map((look) => [{ ...look, microphone: 'none' }, docs]),
    [{ dark: false, mobile: false, microphone: 'granted' }, example],
    [{ dark: false, mobile: false, microphone: 'granted', double: false }, policy],
    [{ dark: false, mobile: false, microphone: 'granted' }, fallback],
    [{ dark: true, mobile: false, microphone: 'granted', reducedMotion: true }, still],
    ...LOOKS().map((look) => [{ ...look, microphone: 'none' }, wallet]),
    ...LOOKS().map((look) => [{ ...look, microphone: 'granted' }, walletCall]),
    [{ dark: true, mobile: false, microphone: 'granted' }, walletKeys],
  ]
  const scenes = only.length === 0 ? all : all.filter(([, scene]) => only.includes(scene.name))
  // Two at a time: most of a scene is waiting for the page to settle.
  await Promise.all([lane(scenes), lane(scenes)])
} finally {
  stop()
}
for (const failure of failures) console.error(`FAILED ${failure}`)
console.log(failures.length === 0 ? `all states hold; pictures in ${out}` : `${failures.length} failed`)
process.exitCode = failures.length === 0 ? 0 : 1

function LOOKS() {
  return [{ dark: true, mobile: false }, { dark: false, mobile: true }, { dark: false, mobile: false }, { dark: true, mobile: true }]
}

/** Takes scenes off the front until none is left. */
async function lane(scenes) {
  for (let scene = scenes.shift(); scene !== undefined; scene = scenes.shift()) await run(...scene)
}

async function run(look, scene) {
  const name = `${look.dark ? 'night' : 'day'}-${look.mobile ? 'mobile' : 'desktop'}`
  const { browser, context, page } = await launch(look)
  if (look.double !== false) for (const path of doublePaths) await context.addInitScript({ path })
  page.on('pageerror', (error) => failures.push(`${name}: ${error}`))
  page.on('console', (message) => message.type() === 'error' && failures.push(`${name}: ${message.text()}`))
  page.setDefaultTimeout(10_000)
  try {
    await scene(page, name)
  } catch (error) {
    failures.push(`${scene.name} ${name}: ${error.message.split('\n')[0]}`)
    await screenshot(page, join(out, `failed-${scene.name}-${name}.png`))
  } finally {
    await browser.close()
  }
}

/** A picture, a look by axe, and nothing wider than the window. */
async function keep(page, name, state) {
  await page.waitForTimeout(450)
  await screenshot(page, join(out, `${state}-${name}.png`))
  // The policy refuses added scripts, as it should; evaluated code is the driver's own and passes.
  const axe = await readFile(axePath, 'utf8')
  await page.evaluate(`${axe};0`)
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  for (const { id, impact, nodes } of violations) {
    const line = `${state} ${name}: axe ${impact} ${id}: ${nodes.map((node) => node.target.join(' ')).slice(0, 3).join('; ')}`
    if (impact === 'serious' || impact === 'critical') failures.push(line)
    else console.log(line)
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  expect(wide <= 0, `${state} ${name}: ${wide} px wider than the window`)
}

async function calls(page, name) {
  await page.goto(url)
  await page.getByRole('heading', { name: 'Say where you want to go' }).waitFor()
  await keep(page, name, '1-idle')
  if (name.includes('mobile')) {
    await page.setViewportSize({ width: 320, height: 640 })
    await keep(page, `${name}-320`, '1-idle')
    await page.setViewportSize({ width: 390, height: 844 })
  }
  await call(page)
  const flights = await script('flight-search')
  await play(page, flights, flights.findIndex(([, event]) => event.type === 'input_audio_buffer.speech_stopped'))
  await keep(page, name, '2-partial')
  await play(page, flights)
  await sound(page, 0.4)
  await keep(page, name, '3-flights')
  await play(page, await script('interruption'), -1, 5)
  await sound(page, 0)
  await keep(page, name, '4-interrupted')
  await play(page, await script('booking'))
  await play(page, await script('hotels'))
  await keep(page, name, '5-booked')
  await page.evaluate(() => {
    window.__double.mode = 'down'
    window.__double.drop()
  })
  await stands(page, 'Reconnecting')
  await page.waitForTimeout(1500)
  await keep(page, name, '6-reconnecting')
  await page.keyboard.press('Escape')
  await stands(page, 'Call ended')
  await keep(page, name, '7-ended')
  await page.reload()
  await page.evaluate(() => (window.__double.mode = 'busy'))
  await page.locator('.dial').click()
  await page.getByRole('alert').waitFor()
  await keep(page, name, '8-busy')
}

async function denied(page, name) {
  await page.goto(url)
  await page.locator('.dial').click()
  await page.getByText('The microphone is blocked').waitFor()
  await keep(page, name, '9-denied')
}

async function insecure(page, name) {
  // Chromium lets no plain host but the loopback be secure; a made-up name that leads here is not.
  await page.goto(url.replace('127.0.0.1', 'voxfare.test'))
  await page.locator('.dial').click()
  await page.getByText('This address cannot use the microphone').waitFor()
  await keep(page, name, '10-insecure')
}

async function behaviour(page, name) {
  await page.goto(url)
  const recording = await recordRemoteAudio(page)
  await page.keyboard.press('Space')
  await stands(page, 'Listening')
  await page.waitForTimeout(300)
  await page.keyboard.press('m')
  await stands(page, 'Muted')
  await page.keyboard.press('m')
  await play(page, await script('interruption'))
  await sound(page, 0.5)
  await page.waitForFunction(() => document.querySelector('[data-words=cut]') !== null)
  const { entries } = await readPage(page)
  expect(entries[0]?.heard === 'I found three flights. The best is British Airways, nonst', `${name}: heard was ${entries[0]?.heard}`)
  await page.waitForTimeout(1200)
  const { seconds, peak } = await recording(join(out, 'voice.wav'))
  expect(seconds > 1 && peak > 0.2, `${name}: recorded ${seconds} s, peak ${peak}`)
  // A dead line, and the server back: the call goes on with its token.
  await page.evaluate(() => window.__double.drop())
  await stands(page, 'Reconnecting')
  await stands(page, 'Listening')
  const resumed = await page.evaluate(() => window.__double.calls.at(-1))
  expect(/^\?resume=rt_1&after=event_[\d.]+$/u.test(resumed), `${name}: came back with ${resumed}`)
  await page.getByLabel('Type instead of talking').fill('two adults')
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => window.__double.received.at(-1)?.type === 'response.create')
  const sent = await page.evaluate(() => window.__double.received.at(-2)?.item?.content[0]?.text)
  expect(sent === 'two adults', `${name}: sent ${sent}`)
  await page.evaluate(() => {
    window.__double.mode = 'gone'
    window.__double.drop()
  })
  await page.getByText('This conversation is over').waitFor()
  await page.getByRole('button', { name: 'Start a new call' }).waitFor()
  // From nothing to a typed call by a chip.
  await page.reload()
  await page.getByRole('button', { name: /four-star hotel/ }).click()
  await page.waitForFunction(() => window.__double.received.length === 2)
  await stands(page, 'Reading')
  await page.getByLabel('Hang up').click()
  await stands(page, 'Call ended')
  expect((await page.evaluate(() => window.__double.hungUp)) === 1, `${name}: hang-up was not told`)
}

/** The developers' console in every look. */
async function developers(page, name) {
  await page.goto(`${url}console.html`)
  await page.getByRole('heading', { name: 'Console' }).waitFor()
  await keep(page, name, '11-console-idle')
  const webrtc = name.includes('mobile')
  if (webrtc) await page.getByText('WebRTC', { exact: true }).click()
  await page.getByRole('button', { name: 'Connect' }).click()
  await page.getByText('Live, listening').waitFor()
  for (const each of ['flight-search', 'interruption', 'booking']) await play(page, await script(each))
  await (webrtc ? sound(page, 0.4) : page.evaluate(() => window.__double.say('item_tone', 1500)))
  const list = page.getByRole('listbox')
  await list.getByRole('option').nth(5).waitFor()
  await list.focus()
  await page.keyboard.press('End')
  for (let step = 0; step < 6; step += 1) await page.keyboard.press('ArrowUp')
  await page.getByText('Fits the schema').nth(1).waitFor()
  await keep(page, name, '12-console-live')
  const drawn = await list.getByRole('option').count()
  const whole = Number(await list.getByRole('option').first().getAttribute('aria-setsize'))
  expect(whole > 100 && drawn < 60, `${name}: ${drawn} of ${whole} rows are drawn`)
  await page.getByText('Types', { exact: true }).click()
  await keep(page, name, '13-console-types')
}

/** The docs in every look: doors and events are there, what holds fields opens, and the search finds. */
async function docs(page, name) {
  await page.goto(`${url}docs`)
  await page.getByRole('heading', { name: 'Open a session over WebRTC' }).waitFor()
  await keep(page, name, '18-docs')
  const articles = page.getByRole('article')
  const all = await articles.count()
  expect(all > 70, `${name}: ${all} doors and events`)
  const update = page.locator('#clientSessionUpdate')
  await update.locator('summary').first().click()
  await update.getByText('session', { exact: true }).waitFor()
  for (let depth = 0; depth < 3; depth += 1) await update.locator('details:not([open]) > summary').first().click()
  await update.scrollIntoViewIfNeeded()
  await keep(page, name, '19-docs-event')
  await page.getByRole('searchbox').fill('resume token')
  await page.getByRole('heading', { name: 'voxfare.session' }).waitFor()
  expect((await articles.count()) < 6, `${name}: the search finds ${await articles.count()}`)
  await keep(page, name, '20-docs-search')
  await page.getByRole('searchbox').fill('no such thing')
  await page.getByText('Nothing holds all of these words.').waitFor()
  // A link to one of the places, from elsewhere.
  await page.goto('about:blank')
  await page.goto(`${url}docs#own-events`)
  await page.waitForFunction(() => Math.abs(document.getElementById('own-events')?.getBoundingClientRect().top ?? 9999) < 60)
}

/** Sound in events: pieces, an interruption, coming back; and what a developer does with the log. */
async function socket(page, name) {
  await page.goto(`${url}console.html`)
  await page.getByRole('textbox', { name: 'API key or client secret' }).fill('ek_test')
  await page.getByRole('button', { name: 'Connect' }).click()
  await page.getByText('Live, listening').waitFor()
  const [opened, protocols] = await page.evaluate(() => [window.__double.calls, window.__double.protocols])
  expect(opened[0] === '?greeting=true' && protocols.join() === 'realtime,openai-insecure-api-key.ek_test', `${name}: opened ${opened} ${protocols}`)
  await page.waitForFunction(() => window.__double.appended.length > 50)
  const pieces = await page.evaluate(() => window.__double.appended)
  expect(pieces.every((ms) => ms >= 20 && ms <= 200) && pieces.filter((ms) => ms <= 40).length > pieces.length / 2, `${name}: pieces of ${pieces}`)
  // Spoken over, the voice stops at once, and the server is told where.
  await page.evaluate(() => window.__double.say('item_1', 4000))
  await page.waitForFunction(() => window.__double.loudness() > 0.1)
  await page.waitForTimeout(700)
  const silentAfter = await page.evaluate(() => window.__double.speakOver())
  await page.waitForFunction(() => window.__double.received.some(({ type }) => type === 'conversation.item.truncate'))
  const cut = await page.evaluate(() => window.__double.received.filter(({ type }) => type === 'conversation.item.truncate'))
  expect(silentAfter < 150, `${name}: silent after ${silentAfter} ms`)
  expect(cut.length === 1 && cut[0].item_id === 'item_1' && cut[0].audio_end_ms > 500 && cut[0].audio_end_ms < 3000, `${name}: cut ${JSON.stringify(cut)}`)
  console.log(`spoken over: silent after ${Math.round(silentAfter)} ms, cut at ${cut[0]?.audio_end_ms} ms`)
  await page.evaluate(() => window.__double.say('item_1', 500))
  await page.waitForTimeout(200)
  expect((await page.evaluate(() => window.__double.loudness())) < 0.001, `${name}: a cut saying sounds again`)
  // A lost line comes back.
  await page.evaluate(() => window.__double.drop())
  await page.waitForFunction(() => window.__double.calls.length === 2)
  await page.getByText('Live, listening').waitFor()
  const resumed = await page.evaluate(() => window.__double.calls.at(-1))
  expect(/^\?greeting=true&resume=rt_1&after=event_[\d.]+$/u.test(resumed), `${name}: came back with ${resumed}`)
  // An event from a template, first as it is, then one that does not fit.
  await page.getByLabel('Template').selectOption('ConversationItemDeleteEvent')
  await page.getByText('must have at least 1 characters').waitFor()
  await page.getByLabel('Event as JSON').fill('{"type":"response.cancel","response_id":"r"}')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.waitForFunction(() => window.__double.received.at(-1)?.type === 'response.cancel')
  await page.getByLabel('Event as JSON').fill('{"type":"session.sing"}')
  await page.getByRole('button', { name: 'Send anyway' }).click()
  await page.waitForFunction(() => window.__double.received.at(-1)?.type === 'session.sing')
  // Filters.
  await play(page, await script('flight-search'))
  await page.getByRole('searchbox').fill('voxfare.latency')
  await page.waitForFunction(() => [...document.querySelectorAll('[role=option]')].map((option) => /voxfare\.latency/u.test(option.textContent)).join() === 'true')
  await page.getByRole('searchbox').fill('')
  await page.getByText('Sent', { exact: true }).click()
  await page.getByRole('option', { name: /session.sing/ }).waitFor()
  await page.getByText('Both', { exact: true }).click()
  // The log goes out and comes in again whole.
  await page.getByRole('button', { name: 'Hang up' }).click()
  await page.getByText('Ended', { exact: true }).waitFor()
  // The list is drawn a few times a second.
  await page.waitForTimeout(300)
  const count = await page.locator('[data-part=count]').textContent()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save log' }).click()])
  const path = join(out, 'log.jsonl')
  await download.saveAs(path)
  await page.getByRole('button', { name: 'Clear' }).click()
  await page.getByText('events stand here').waitFor()
  await page.getByLabel('Log file').setInputFiles(path)
  await page.waitForFunction((before) => document.querySelector('[data-part=count]')?.textContent === before, count)
  await page.getByRole('button', { name: 'Replay', exact: true }).click()
  await page.getByRole('button', { name: /^Stop at/ }).click()
  await page.waitForFunction((before) => document.querySelector('[data-part=count]')?.textContent === before, count)
}

/** The policy lets a real socket of its own origin pass, and the worklets. */
async function policy(page, name) {
  await page.goto(`${url}console.html`)
  await page.getByRole('button', { name: 'Connect' }).click()
  await page.getByText('Live, listening').waitFor()
  await page.getByRole('option', { name: /voxfare.session/ }).waitFor()
  await page.getByText('Sound', { exact: true }).click()
  await page.waitForFunction(() => [...document.querySelectorAll('[role=option]')].some((option) => option.textContent.includes('input_audio_buffer.append')))
  expect((await page.getByRole('alert').count()) === 0, `${name}: something was refused`)
}

/** Where WebRTC finds no way, the page's call goes over a WebSocket. */
async function fallback(page, name) {
  await page.addInitScript(() => {
    Object.defineProperty(RTCPeerConnection.prototype, 'connectionState', { get: () => 'failed' })
    const real = RTCPeerConnection.prototype.setRemoteDescription
    RTCPeerConnection.prototype.setRemoteDescription = function setRemoteDescription(description) {
      if (description.type === 'answer') setTimeout(() => this.dispatchEvent(new Event('connectionstatechange')), 50)
      return description.type === 'answer' ? Promise.resolve() : real.call(this, description)
    }
  })
  await page.goto(url)
  await page.locator('.dial').click()
  await stands(page, 'Listening')
  const seen = await page.evaluate(() => ({ calls: window.__double.calls, open: window.__double.socket?.readyState, hungUp: window.__double.hungUp }))
  expect(seen.calls.join() === ',?greeting=true' && seen.open === 1 && seen.hungUp === 1, `${name}: called ${JSON.stringify(seen)}`)
  await play(page, await script('flight-search'))
  await page.evaluate(() => window.__double.say('item_tone', 1500))
  await page.waitForFunction(() => window.__double.loudness() > 0.1)
  await keep(page, name, '14-over-websocket')
  await page.keyboard.press('Escape')
  await stands(page, 'Call ended')
}

/** Where motion is unwelcome, the waveform steps a few times a second; where nobody speaks, it stands. */
async function still(page, name) {
  await page.goto(url)
  await call(page)
  await play(page, await script('flight-search'))
  await sound(page, 0.4)
  const pictures = await page.evaluate(async () => {
    const seen = new Set()
    for (const from = performance.now(); performance.now() - from < 2000; ) {
      seen.add(document.querySelector('[data-part=waveform]').toDataURL())
      await new Promise((done) => setTimeout(done, 20))
    }
    return seen.size
  })
  expect(pictures >= 3 && pictures <= 11, `${name}: ${pictures} pictures of the waveform in two seconds`)
  await keep(page, name, '15-still')
}

/** The example of a page of one's own, on the built SDK as npm would have it, without any bundler. */
async function example(page, name) {
  execFileSync(process.execPath, [fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url)), '-p', fileURLToPath(new URL('../sdk', import.meta.url))])
  const folder = await serve({ folder: '.', policy: null })
  try {
    for (const over of ['webrtc', 'websocket']) {
      await page.goto(`${folder.url}examples/browser.html?over=${over}`)
      await page.getByRole('button', { name: 'Talk' }).click()
      await page.getByRole('button', { name: 'Hang up (listening)' }).waitFor()
      if (over === 'webrtc') await page.waitForFunction(() => window.__double.channel?.readyState === 'open')
      await play(page, await script('booking'))
      await page.getByText('Yes, please.').waitFor()
      if (over === 'websocket') {
        await page.evaluate(() => window.__double.say('item_tone', 1000))
        await page.waitForFunction(() => window.__double.loudness() > 0.1)
        await page.waitForFunction(() => window.__double.appended.length > 5)
      }
      await page.getByRole('button').click()
      await page.waitForFunction(() => window.__double.hungUp === 1)
    }
  } catch (error) {
    throw new Error(`${name}: ${error.message}`, { cause: error })
  } finally {
    folder.stop()
  }
}

async function call(page) {
  await page.locator('.dial').click()
  await stands(page, 'Listening')
  await page.waitForFunction(() => window.__double.channel?.readyState === 'open')
}

async function stands(page, word) {
  await page.waitForFunction((expected) => document.querySelector('[data-standing]')?.textContent === expected, word)
}

async function play(page, events, last = -1, skip = 0) {
  await page.evaluate(([list]) => window.__double.play(list), [events.slice(skip, last < 0 ? undefined : last)])
}

async function sound(page, volume) {
  await page.evaluate((to) => window.__double.sound(to), volume)
}

async function script(name) {
  const text = await readFile(new URL(`../test/scripts/${name}.json`, import.meta.url), 'utf8')
  // Every script counts its items from one; played into the same call they must differ.
  return JSON.parse(text.replaceAll(/"(item|resp|task)_([a-z]?\d+)"/gu, `"$1_${name}_$2"`))
}

function expect(holds, otherwise) {
  if (!holds) failures.push(otherwise)
}
