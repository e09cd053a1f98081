// The page's one session, and what stands beside it.
import { create } from 'zustand'
import type { Failure } from '../sdk/failure.ts'
import { FallbackTransport } from '../sdk/fallback.ts'
import { VoxfareSession } from '../sdk/session.ts'
import { WebRtcTransport } from '../sdk/webrtc.ts'
import { WebSocketTransport } from '../sdk/websocket.ts'

/** The page's session with the server of its own origin: over WebRTC, or over a WebSocket where only the web passes. */
export const session = new VoxfareSession({
  transport: (listener) =>
    new FallbackTransport(
      (each) => new WebRtcTransport({}, each),
      (each) => new WebSocketTransport({ greeting: true }, each),
      listener,
    ),
})

/** Why the microphone could not join a typed call; null when nothing stood in the way. */
export const microphoneStore = create<{ readonly failure: Failure | null }>(() => ({ failure: null }))
