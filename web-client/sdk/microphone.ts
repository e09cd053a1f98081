// Opens the microphone with the browser's echo cancellation on, and names each way it can be refused. It never records.
import { CallError, type Failure } from './failure.ts'

/** Answers the failure that would keep the microphone from this page, or null. */
export function obstacle(): Failure | null {
  return globalThis.isSecureContext ? null : { reason: 'insecure-context' }
}

/** Opens the microphone; throws `CallError`. The browser asks the caller for leave the first time. */
export async function openMicrophone(): Promise<MediaStream> {
  if (navigator.mediaDevices === undefined) throw new CallError({ reason: 'microphone-missing' })
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: { ideal: 1 } },
    })
  } catch (thrown) {
    throw new CallError(microphoneFailure(thrown))
  }
}

/** A track that carries silence, for typed calls; a microphone can take its place on the open line. */
export function silentTrack(context: AudioContext): MediaStreamTrack {
  const [track] = context.createMediaStreamDestination().stream.getAudioTracks()
  if (track === undefined) throw new CallError({ reason: 'no-webrtc' })
  return track
}

function microphoneFailure(thrown: unknown): Failure {
  const name = thrown instanceof Error ? thrown.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') return { reason: 'microphone-denied' }
  if (name === 'NotReadableError' || name === 'AbortError') return { reason: 'microphone-busy' }
  return { reason: 'microphone-missing' }
}
