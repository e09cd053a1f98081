// Mute and hang up, beside the dial during a call.
import { useSession } from '../../sdk/react/useSession.ts'
import { session } from '../session.ts'
import { Button } from '../ui/Button.tsx'
import { Icon } from './Icon.tsx'

/** Silences or opens the microphone. */
export function MuteButton() {
  const muted = useSession((state) => state.muted)
  const microphone = useSession((state) => state.microphone)
  return (
    <Button
      size="icon"
      aria-pressed={muted}
      aria-label={muted ? 'Unmute' : 'Mute'}
      aria-keyshortcuts="M"
      title={`${muted ? 'Unmute' : 'Mute'} (M)`}
      disabled={!microphone}
      className={muted ? 'border-lamp text-lamp' : ''}
      onClick={() => session.mute(!muted)}
    >
      <Icon name={muted ? 'muted' : 'microphone'} />
    </Button>
  )
}

/** Ends the call. */
export function HangUpButton() {
  return (
    <Button size="icon" variant="alarm" aria-label="Hang up" aria-keyshortcuts="Escape" title="Hang up (Esc)" onClick={() => session.hangUp()}>
      <Icon name="hangup" />
    </Button>
  )
}
