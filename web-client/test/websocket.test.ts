// The WebSocket line against a small server on the loopback: keys, sound both ways, an interruption to the millisecond, coming back.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type WebSocket as Peer, WebSocketServer, WebSocket } from 'ws'
import { ClockedSound } from '../sdk/audio/clocked.ts'
import { fromBase64, toBase64 } from '../sdk/pcm.ts'
import type { ClientEvent, ServerEvent } from '../sdk/protocol/events.gen.ts'
import { VoxfareSession } from '../sdk/session.ts'
import { WebSocketTransport } from '../sdk/websocket.ts'

interface Double {
  readonly url: string
  readonly requests: { readonly path: string; readonly protocols: string }[]
  readonly received: ClientEvent[]
  readonly closes: number[]
  peer: Peer | null
  refuse: number | null
  stop(): Promise<void>
}

let double: Double
const sessions: VoxfareSession[] = []

beforeEach(async () => {
  double = await serve()
})

afterEach(async () => {
  for (const session of sessions.splice(0)) session.hangUp()
  await double.stop()
})

async function serve(): Promise<Double> {
  const http = createServer((_, response) => response.writeHead(made.refuse ?? 426, { 'Content-Type': 'application/problem+json' }).end('{"detail":"No."}'))
  const server = new WebSocketServer({ noServer: true, handleProtocols: () => 'realtime' })
  http.on('upgrade', (request, socket, head) => {
    made.requests.push({ path: request.url ?? '', protocols: request.headers['sec-websocket-protocol'] ?? '' })
    if (made.refuse !== null) return void socket.end(`HTTP/1.1 ${made.refuse} No\r\nConnection: close\r\n\r\n`)
    server.handleUpgrade(request, socket, head, (peer) => {
      made.peer = peer
      peer.on('message', (data) => made.received.push(JSON.parse(String(data)) as ClientEvent))
      peer.on('close', (code) => made.closes.push(code))
      const resumed = (request.url ?? '').includes('resume=')
      emit({ type: 'session.created', session: { id: 'sess_1', object: 'realtime.session', type: 'realtime', audio: {} } })
      emit({ type: 'voxfare.session', session_id: 'sess_1', resume_token: resumed ? 'rt_2' : 'rt_1', resume_expires_at: 4_102_444_800, resumed })
    })
  })
  await new Promise<void>((ready) => http.listen(0, '127.0.0.1', ready))
  const made: Double = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1/realtime`,
    requests: [], received: [], closes: [], peer: null, refuse: null,
    stop: async () => {
      for (const client of server.clients) client.terminate()
      http.closeAllConnections()
      await new Promise((done) => http.close(done))
    },
  }
  return made
}

let named = 0

type Loose<T> = T extends unknown ? Omit<T, 'event_id'> : never

function emit(event: Loose<ServerEvent>): void {
  double.peer?.send(JSON.stringify({ event_id: `event_${(named += 1)}`, ...event }))
}

function voice(item: string, ms: number): void {
  emit({ type: 'response.output_audio.delta', response_id: 'r', item_id: item, output_index: 0, content_index: 0, delta: toBase64(new Int16Array(24 * ms).fill(1000)) })
}

function open(sound = new ClockedSound(), token?: () => Promise<string>): VoxfareSession {
  const options = { url: double.url, sound, WebSocket, greeting: true, model: 'voxfare', ...(token === undefined ? {} : { token }) }
  const session = new VoxfareSession({ transport: (listener) => new WebSocketTransport(options, listener) })
  sessions.push(session)
  return session
}

/** A session, and how many samples of its voice were heard. */
function listen(): { readonly session: VoxfareSession; readonly heard: () => number } {
  let samples = 0
  return { session: open(new ClockedSound((pcm) => (samples += pcm.length))), heard: () => samples }
}

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1500 && !holds(); turn += 1) await pause(10)
  expect(holds(), holds.toString()).toBe(true)
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms))
}

const sent = (type: string) => double.received.filter((event) => event.type === type)

describe('the line', () => {
  test('opens with the key among the protocols, and the session is live', async () => {
    const session = open(new ClockedSound(), async () => 'ek_1')
    const events: string[] = []
    session.onEvent((event) => events.push(event.type))
    await session.start({ microphone: false })
    expect(session.state.life.phase).toBe('live')
    expect(double.requests).toEqual([{ path: '/v1/realtime?model=voxfare&greeting=true', protocols: 'realtime,openai-insecure-api-key.ek_1' }])
    await until(() => session.state.resumption?.token === 'rt_1')
    expect(events).toEqual(['session.created', 'voxfare.session'])
  })

  test('carries what is said in pieces of 20 ms, whole and in order', async () => {
    const sound = new ClockedSound()
    const session = open(sound)
    await session.start({ microphone: false })
    for (let at = 0; at < 20; at += 1) sound.say(new Int16Array(240).fill(at))
    await until(() => sent('input_audio_buffer.append').length === 10)
    const heard = sent('input_audio_buffer.append').flatMap((event) => [...(event.type === 'input_audio_buffer.append' ? (fromBase64(event.audio) ?? []) : [])])
    expect(heard).toEqual(Array.from({ length: 20 }, (_, at) => Array.from({ length: 240 }, () => at)).flat())
  })

  test('types, and shows what goes out', async () => {
    const session = open()
    const out: string[] = []
    session.onSent((event) => out.push(event.type))
    await session.type('two adults')
    await until(() => sent('response.create').length === 1)
    expect(out).toEqual(['conversation.item.create', 'response.create'])
  })
})

describe('an interruption', () => {
  test('stops the voice at once and tells exactly what was heard', async () => {
    const { session, heard } = listen()
    await session.start({ microphone: false })
    for (let at = 0; at < 8; at += 1) voice('item_1', 250)
    await until(() => heard() > 7200)
    emit({ type: 'input_audio_buffer.speech_started', audio_start_ms: 1, item_id: 'item_2' })
    await until(() => sent('conversation.item.truncate').length === 1)
    expect(sent('conversation.item.truncate')).toEqual([{ type: 'conversation.item.truncate', item_id: 'item_1', content_index: 0, audio_end_ms: Math.floor(heard() / 24) }])
    const then = heard()
    voice('item_1', 250)
    await pause(80)
    expect(heard(), 'late sound of a cut saying is not played').toBe(then)
    voice('item_3', 250)
    await until(() => heard() > then)
  })

  test('is left to the server where the session says so', async () => {
    const { session, heard } = listen()
    await session.start({ microphone: false })
    emit({ type: 'session.updated', session: { id: 's', object: 'realtime.session', type: 'realtime', audio: { input: { turn_detection: { type: 'semantic_vad', interrupt_response: false } } } } })
    voice('item_1', 300)
    await until(() => heard() > 0)
    emit({ type: 'input_audio_buffer.speech_started', audio_start_ms: 1, item_id: 'item_2' })
    await until(() => heard() === 7200)
    expect(sent('conversation.item.truncate')).toEqual([])
  })

  test('by hand stops the voice without waiting for the server', async () => {
    const { session, heard } = listen()
    await session.start({ microphone: false })
    voice('item_1', 2000)
    await until(() => heard() > 0)
    session.interrupt()
    await until(() => sent('conversation.item.truncate').length === 1)
    expect(double.received.slice(0, 2).map(({ type }) => type)).toEqual(['response.cancel', 'output_audio_buffer.clear'])
  })
})

describe('the end', () => {
  test('of a hang-up is code 1000', async () => {
    const session = open()
    await session.start({ microphone: false })
    session.hangUp()
    await until(() => double.closes.length === 1)
    expect(double.closes).toEqual([1000])
    expect(session.state.life).toEqual({ phase: 'ended', by: 'caller' })
  })

  test('by the server is no lost line', async () => {
    const session = open()
    await session.start({ microphone: false })
    double.peer?.close(1000)
    await until(() => session.state.life.phase === 'ended')
    expect(double.requests).toHaveLength(1)
  })

  test('a lost line comes back with its token, and tells then what was heard', async () => {
    const { session, heard } = listen()
    await session.start({ microphone: false })
    await until(() => session.state.resumption !== null)
    voice('item_1', 3000)
    await until(() => heard() > 0)
    double.peer?.terminate()
    await until(() => session.state.life.phase === 'reconnecting')
    await until(() => session.state.life.phase === 'live')
    expect(double.requests.at(-1)?.path).toMatch(/^\/v1\/realtime\?model=voxfare&greeting=true&resume=rt_1&after=event_[0-9]+$/)
    await until(() => session.state.resumption?.token === 'rt_2')
    await until(() => sent('conversation.item.truncate').length === 1)
    expect(sent('conversation.item.truncate')).toMatchObject([{ item_id: 'item_1' }])
  })

  test('a server that is away for a while is waited for, longer each time', async () => {
    const session = open()
    await session.start({ microphone: false })
    await until(() => session.state.resumption !== null)
    await session.type('to Rome')
    await until(() => sent('response.create').length === 1)
    double.refuse = 502
    const attempts = new Map<number, number>()
    session.subscribe(({ life }) => {
      if (life.phase === 'reconnecting' && !attempts.has(life.attempt)) attempts.set(life.attempt, performance.now())
    })
    double.peer?.terminate()
    // Between two attempts, so that each sees one server.
    await until(() => session.state.life.phase === 'reconnecting' && session.state.life.attempt === 3 && session.state.life.retryAtMs !== null)
    double.refuse = null
    await session.type('to Oslo')
    await until(() => session.state.life.phase === 'live')
    const gap = (attempt: number) => (attempts.get(attempt) ?? 0) - (attempts.get(attempt - 1) ?? 0)
    expect([gap(2) > 590, gap(3) > 1190]).toEqual([true, true])
    await until(() => sent('response.create').length === 2)
    expect(sent('conversation.item.create').map((event) => JSON.stringify(event).includes('Oslo'))).toEqual([false, true])
  })

  test('a call that ended leaves nothing to the next one', async () => {
    const { session, heard } = listen()
    await session.start({ microphone: false })
    voice('item_1', 2000)
    await until(() => heard() > 0)
    session.interrupt()
    session.hangUp()
    await until(() => double.closes.length === 1)
    await session.start({ microphone: false })
    await pause(150)
    expect(sent('conversation.item.truncate')).toEqual([])
  })

  test('a line that died in silence is found out by a question, and left', async () => {
    const clock = vi.spyOn(performance, 'now')
    const session = open()
    await session.start({ microphone: false })
    await until(() => session.state.resumption !== null)
    const events: string[] = []
    session.onEvent((event) => events.push(event.type))
    // Nine quiet seconds: it asks, and the answer is for nobody else.
    const began = Date.now()
    let ahead = 9_000
    clock.mockImplementation(() => Date.now() - began + ahead + 1_000_000)
    await until(() => sent('conversation.item.retrieve').length === 1)
    emit({ type: 'error', error: { type: 'invalid_request_error', message: 'There is no such item.', event_id: 'voxfare_alive' } })
    await pause(50)
    expect([events, session.state.life.phase]).toEqual([[], 'live'])
    // And again, without an answer.
    ahead += 9_000
    await until(() => sent('conversation.item.retrieve').length === 2)
    ahead += 9_000
    await until(() => session.state.life.phase === 'reconnecting')
    clock.mockRestore()
  })

  test('a session that is no more ends it', async () => {
    const session = open()
    await session.start({ microphone: false })
    await until(() => session.state.resumption !== null)
    double.refuse = 410
    double.peer?.terminate()
    await until(() => session.state.life.phase === 'failed')
    expect(session.state.life).toEqual({ phase: 'failed', failure: { reason: 'session-over' } })
  })

  test.each([[401, 'not-allowed'], [429, 'server-busy'], [502, 'server-unreachable']])('a refusal by %i is %s', async (status, reason) => {
    double.refuse = status
    const session = open()
    await session.start({ microphone: false })
    expect(session.state.life).toMatchObject({ phase: 'failed', failure: { reason } })
  })
})
