// What pressing the dial does in each state, and what it is called. One table for the pointer, the keys and the label.
import type { SessionState } from '../sdk/state.ts'
import { microphoneStore, session } from './session.ts'

/** What the next press does. */
export type DialAction = 'start' | 'interrupt' | 'mute' | 'unmute' | 'open-microphone' | 'none'

/** What a press does now. */
export function dialAction({ life, muted, microphone }: SessionState): DialAction {
  switch (life.phase) {
    case 'idle':
    case 'ended':
    case 'failed':
      return 'start'
    case 'requesting-microphone':
    case 'connecting':
    case 'reconnecting':
      return 'none'
    case 'live':
      if (life.activity === 'speaking') return 'interrupt'
      if (!microphone) return 'open-microphone'
      return muted ? 'unmute' : 'mute'
  }
}

/** Does what a press does now. */
export function pressDial(): void {
  switch (dialAction(session.state)) {
    case 'start':
      return void session.start()
    case 'interrupt':
      return session.interrupt()
    case 'mute':
      return session.mute(true)
    case 'unmute':
      return session.mute(false)
    case 'open-microphone':
      return void openMicrophone()
    case 'none':
  }
}

async function openMicrophone(): Promise<void> {
  microphoneStore.setState({ failure: null })
  microphoneStore.setState({ failure: await session.openMicrophone() })
}

/** How the call stands, in a word or two. */
export function standing({ life, muted, microphone }: SessionState): string {
  switch (life.phase) {
    case 'idle':
      return 'Ready'
    case 'requesting-microphone':
      return 'Allow the microphone'
    case 'connecting':
      return 'Connecting'
    case 'reconnecting':
      return 'Reconnecting'
    case 'ended':
      return 'Call ended'
    case 'failed':
      return 'Not connected'
    case 'live':
      if (life.activity === 'speaking') return 'Speaking'
      if (life.activity === 'thinking') return 'Thinking'
      if (!microphone) return 'Reading'
      return muted ? 'Muted' : 'Listening'
  }
}

/** What the next press does, as a label. */
export function pressLabel(state: SessionState): string {
  return LABELS[dialAction(state)]
}

const LABELS: Readonly<Record<DialAction, string>> = {
  start: 'Press to talk',
  interrupt: 'Press to stop the voice',
  mute: 'Press to mute',
  unmute: 'Press to unmute',
  'open-microphone': 'Press to use the microphone',
  none: 'One moment',
}
