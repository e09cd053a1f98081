// The SDK in Node at the end of two pipes, as drive.mjs has the page: commands in, what a page would show and what the server says out.
// node e2e/sdk.mjs <url of /v1/realtime>      (after `npm run sdk`)
// In:  {"do":"type","text":"..."} {"do":"say","path":"speech.wav"} {"do":"screenshot"} {"do":"quit"}
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'
import { ClockedSound } from '../sdk/dist/audio/clocked.js'
import { VoxfareSession } from '../sdk/dist/session.js'
import { WebSocketTransport } from '../sdk/dist/websocket.js'

const [url] = process.argv.slice(2)
const sound = new ClockedSound()
const session = new VoxfareSession({
  transport: (listener) =>
    new WebSocketTransport({ url, sound, WebSocket }, {
      ...listener,
      // As it comes, before the session takes out what came before.
      onEvent: (event) => {
        if (event.type !== 'response.output_audio.delta') tell({ event })
        listener.onEvent(event)
      },
    }),
})
session.subscribe((state) => tell({ page: shown(state) }))

const STANDS = { idle: 'Ready', connecting: 'Connecting', reconnecting: 'Reconnecting', ended: 'Call ended', failed: 'Not connected' }
const COMMANDS = {
  type: ({ text }) => session.type(text),
  say: ({ path }) => say(readFileSync(path)),
  screenshot: () => undefined,
}

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line)
  if (command.do === 'quit') break
  try {
    await COMMANDS[command.do](command)
    tell({ done: command.do })
  } catch (error) {
    tell({ failed: command.do, error: String(error) })
  }
}
session.hangUp()
// An open pipe would keep the program waiting for the next line.
process.stdin.destroy()

/** Says a 16-bit mono recording at 24 kHz at its pace, and listens on in silence. */
async function say(wav) {
  const { rate, samples } = readWav(wav)
  if (rate !== 24_000) throw new Error(`${rate} Hz`)
  const pcm = new Int16Array([...samples, ...new Int16Array(24_000)])
  for (let at = 0; at < pcm.length; at += 480) {
    sound.say(pcm.subarray(at, at + 480))
    await new Promise((done) => setTimeout(done, 20))
  }
}

function readWav(wav) {
  for (let at = 12, rate = 0; at + 8 <= wav.length; at += 8 + wav.readUInt32LE(at + 4)) {
    const kind = wav.toString('latin1', at, at + 4)
    if (kind === 'fmt ') rate = wav.readUInt32LE(at + 12)
    if (kind === 'data') return { rate, samples: new Int16Array(new Uint8Array(wav.subarray(at + 8, at + 8 + wav.readUInt32LE(at + 4))).buffer) }
  }
  throw new Error('no sound in it')
}

function shown({ life, entries, notice }) {
  const stands = life.phase === 'live' ? (life.activity === 'speaking' ? 'Speaking' : 'Listening') : STANDS[life.phase]
  return {
    state: stands,
    entries: entries.map((entry) => {
      if (entry.kind === 'card') return { who: 'Card', text: entry.card.kind }
      return entry.kind === 'caller' ? { who: 'You', text: entry.stable } : { who: 'Voxfare', text: entry.text }
    }),
    cards: entries.filter((entry) => entry.kind === 'card').map((entry) => entry.card.kind),
    notices: notice === null ? [] : [notice],
  }
}

function tell(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
