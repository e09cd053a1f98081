// A spoken question from Node, without a sound card: npm run --silent example -- [url] [question.pcm]   (raw 16-bit mono at 24 kHz)
// In a project of your own: npm install @voxfare/sdk ws, and import from '@voxfare/sdk', '@voxfare/sdk/websocket', '@voxfare/sdk/audio/clocked'.
import { readFileSync } from 'node:fs'
import { WebSocket } from 'ws'
import { ClockedSound } from '../sdk/dist/audio/clocked.js'
import { VoxfareSession } from '../sdk/dist/session.js'
import { WebSocketTransport } from '../sdk/dist/websocket.js'

const [url = 'http://127.0.0.1:8080/v1/realtime', file] = process.argv.slice(2)
const key = process.env['VOXFARE_KEY']
const sound = new ClockedSound() // new ClockedSound((pcm) => ...) hands you the voice, piece by piece
const session = new VoxfareSession({ transport: (line) => new WebSocketTransport({ url, sound, WebSocket, ...(key && { token: async () => key }) }, line) })
session.onEvent((event) => event.type === 'response.output_audio_transcript.done' && console.log(`Voxfare: ${event.transcript}`))
session.onEvent((event) => event.type === 'voxfare.card' && console.log(`(${event.card.kind})`))

await session.start({ microphone: false })
if (file === undefined) await session.type('Find me a flight from New York to London next Friday')
const pcm = file === undefined ? new Int16Array() : new Int16Array(new Uint8Array(readFileSync(file)).buffer)
for (let at = 0; at < pcm.length; at += 480) {
  sound.say(pcm.subarray(at, at + 480))
  await new Promise((done) => setTimeout(done, 20))
}
setTimeout(() => session.hangUp(), 15_000)
