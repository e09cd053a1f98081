// Drives a real Chromium whose microphone hears a wav file. Used by every browser run.
import { existsSync, realpathSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { chromium } from 'playwright-core'

/**
 * Opens a browser. `wav`: what the microphone hears, once unless `loop` (made canonical here: a path with `..` is heard as silence).
 * `microphone`: 'granted', 'denied' or 'none'. `trusted`: a plain origin that counts as secure. The rest goes to the page's context.
 */
export async function launch({ wav = null, loop = false, microphone = 'granted', dark = false, mobile = false, reducedMotion = false, insecureTls = false, trusted = null } = {}) {
  const args = ['--no-sandbox', '--autoplay-policy=no-user-gesture-required', '--allow-loopback-in-peer-connection', '--host-resolver-rules=MAP voxfare.test 127.0.0.1', '--disable-features=WebRtcHideLocalIpsWithMdns']
  if (trusted !== null) args.push(`--unsafely-treat-insecure-origin-as-secure=${trusted}`)
  if (microphone !== 'none') args.push('--use-fake-device-for-media-stream')
  if (microphone === 'granted') args.push('--use-fake-ui-for-media-stream')
  if (wav !== null) args.push(`--use-file-for-fake-audio-capture=${realpathSync(wav)}${loop ? '' : '%noloop'}`)
  const browser = await chromium.launch({ executablePath: executable(), headless: true, args })
  const context = await browser.newContext({
    viewport: mobile ? { width: 390, height: 844 } : { width: 1440, height: 900 },
    deviceScaleFactor: mobile ? 2 : 1,
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
    ignoreHTTPSErrors: insecureTls,
    locale: 'en-US',
    timezoneId: 'UTC',
  })
  await context.addInitScript(keepVoice)
  const page = await context.newPage()
  return { browser, context, page }
}

/** Gives every page of the context a microphone that hears what `speak` says, when it says it. */
export async function installVoice(context) {
  await context.addInitScript(() => {
    let sounding = null
    let out = null
    navigator.mediaDevices.getUserMedia = async () => {
      sounding = new AudioContext()
      out = sounding.createMediaStreamDestination()
      return out.stream
    }
    window.__speak = async (base64) => {
      const sound = await sounding.decodeAudioData(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)).buffer)
      const source = new AudioBufferSourceNode(sounding, { buffer: sound })
      source.connect(out)
      source.start()
      await new Promise((ended) => source.addEventListener('ended', ended))
    }
  })
}

/** Says a recording into that microphone, to its end. */
export async function speak(page, path) {
  const base64 = (await readFile(path)).toString('base64')
  await page.evaluate((sound) => window.__speak(sound), base64)
}

/** Starts recording the voice that reaches the page; answers the function that stops and writes a 16-bit mono wav at 48 kHz. */
export async function recordRemoteAudio(page) {
  await page.evaluate(() => window.__voice.begin())
  return async (path) => {
    const { rate, base64 } = await page.evaluate(() => window.__voice.end())
    const samples = Buffer.from(base64, 'base64')
    await writeFile(path, Buffer.concat([wavHeader(samples.length, rate), samples]))
    return { path, seconds: samples.length / 2 / rate, peak: peakOf(samples) }
  }
}

/** Writes a picture of the page. */
export async function screenshot(page, path, { full = false } = {}) {
  await page.screenshot({ path, fullPage: full })
}

/** What the page shows now, read from its own elements. */
export async function readPage(page) {
  return page.evaluate(() => ({
    state: document.querySelector('[data-standing]')?.textContent ?? '',
    entries: [...document.querySelectorAll('[aria-label=Conversation] > li')].map((li) => ({
      who: li.querySelector('.sr-only')?.textContent?.split(' ')[0] ?? 'Card',
      text: [...li.querySelectorAll('p')].find((p) => !p.classList.contains('sr-only'))?.textContent?.trim() ?? '',
      heard: li.querySelector('[data-words=heard]')?.textContent ?? null,
      cut: li.querySelector('[data-words=cut]')?.textContent ?? null,
    })),
    cards: [...document.querySelectorAll('section > div > h2')].filter((title) => title.closest('[data-wallet]') === null).map((h3) => h3.textContent),
    tasks: [...document.querySelectorAll('[aria-label=Tasks] > li')].map((li) => li.textContent),
    alerts: [...document.querySelectorAll('[role=alert]')].map((alert) => alert.textContent),
    notices: [...document.querySelectorAll('div[role=status]')].map((notice) => notice.textContent),
    answeredIn: [...document.querySelectorAll('button[aria-label^="Answered in"]')].map((button) => button.textContent),
    wallet: {
      open: document.querySelector('[data-wallet]') !== null,
      balanceWei: document.querySelector('[data-held]')?.dataset.held ?? document.querySelector('[data-balance]')?.dataset.balance ?? null,
      kind: document.querySelector('[data-address]')?.dataset.kind ?? null,
      address: document.querySelector('[data-address]')?.dataset.address ?? null,
      tier: document.querySelector('[data-tier]')?.textContent ?? null,
      referral: document.querySelector('[data-referral]')?.textContent ?? null,
      joined: document.querySelector('[data-joined]')?.dataset.joined ?? null,
      credit: document.querySelector('[data-credit]')?.dataset.credit ?? null,
      // Whether it is asked to agree, as whom, and what stands open of the texts; bookings that say they could earn.
      asks: document.querySelector('[data-join]')?.dataset.join ?? null,
      reads: [...document.querySelectorAll('details[data-terms][open]')].map((text) => text.innerText).join(' '),
      hints: document.querySelectorAll('[data-hint]').length,
      told: document.querySelector('[data-told]')?.textContent ?? '',
      // On the cards of this call, and in the list of all.
      rewards: [...document.querySelectorAll('[data-reward]')].map(({ dataset }) => ({ reference: dataset.reward, stage: dataset.stage, trvl: dataset.trvl })),
    },
  }))
}

/** Runs in the page before its scripts: keeps every remote audio track and the data channel's events at hand for the recorder. */
function keepVoice() {
  const voice = { tracks: [], events: [], context: null, chunks: [] }
  const Native = window.RTCPeerConnection
  if (Native === undefined) return
  window.RTCPeerConnection = class extends Native {
    constructor(...args) {
      super(...args)
      this.addEventListener('track', ({ track }) => voice.join?.(track) ?? voice.tracks.push(track))
    }
    createDataChannel(...args) {
      const channel = super.createDataChannel(...args)
      channel.addEventListener('message', ({ data }) => {
        const event = JSON.parse(data)
        if (voice.events.length < 20000) voice.events.push({ atMs: Math.round(performance.now()), event })
        // Where a run listens along, it hears every event as it comes.
        window.__heard?.(event)
      })
      return channel
    }
  }
  voice.begin = async () => {
    const context = new AudioContext({ sampleRate: 48000 })
    voice.context = context
    const mix = context.createGain()
    // A deprecated node, but it needs no module address, which the page's policy would rightly refuse.
    const tap = context.createScriptProcessor(4096, 1, 1)
    tap.onaudioprocess = ({ inputBuffer }) => voice.chunks.push(Float32Array.from(inputBuffer.getChannelData(0)))
    mix.connect(tap).connect(context.destination)
    voice.join = (track) => {
      context.createMediaStreamSource(new MediaStream([track])).connect(mix)
      return true
    }
    for (const track of voice.tracks.splice(0)) voice.join(track)
    await context.resume()
  }
  voice.end = async () => {
    const total = voice.chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    const pcm = new Int16Array(total)
    let at = 0
    for (const chunk of voice.chunks) for (const sample of chunk) pcm[at++] = Math.max(-32768, Math.min(32767, Math.round(sample * 32767)))
    const bytes = new Uint8Array(pcm.buffer)
    let text = ''
    for (let from = 0; from < bytes.length; from += 32768) text += String.fromCharCode(...bytes.subarray(from, from + 32768))
    await voice.context.close()
    return { rate: 48000, base64: btoa(text) }
  }
  window.__voice = voice
}

function executable() {
  const found = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => path && existsSync(path))
  if (found === undefined) throw new Error('no Chromium found; set CHROMIUM to its path')
  return found
}

function wavHeader(bytes, rate) {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + bytes, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE(rate * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(bytes, 40)
  return header
}

function peakOf(samples) {
  let peak = 0
  for (let at = 0; at + 1 < samples.length; at += 2) peak = Math.max(peak, Math.abs(samples.readInt16LE(at)))
  return peak / 32768
}
