// Says what went wrong and offers what can be done about it.
import { useState } from 'react'
import type { Failure } from '../../sdk/failure.ts'
import { useCountdown } from '../hooks/useCountdown.ts'
import { useSession } from '../../sdk/react/useSession.ts'
import { useWallet } from '../../sdk/react/useWallet.ts'
import { microphoneStore, session } from '../session.ts'
import { troubleOf } from '../text/trouble.ts'
import { Alert } from '../ui/Alert.tsx'
import { Button } from '../ui/Button.tsx'
import { sheetStore } from '../wallet.ts'

/** Every trouble of the call: failure, lost line, held-back sound, a wallet that was signed out, notices. Nothing when all is well. */
export function Trouble() {
  const life = useSession((state) => state.life)
  const soundBlocked = useSession((state) => state.soundBlocked)
  const notice = useSession((state) => state.notice)
  const drainingS = useSession((state) => state.drainingS)
  const signedOut = useWallet((state) => state.signedOut)
  const microphone = microphoneStore((state) => state.failure)
  const refused = microphone !== null && life.phase === 'live' ? troubleOf(microphone, location.host) : null
  return (
    <>
      {refused === null ? null : <Alert title={refused.title}>{refused.body}</Alert>}
      {life.phase === 'failed' ? <FailureAlert failure={life.failure} /> : null}
      {life.phase === 'reconnecting' ? <Reconnecting attempt={life.attempt} retryAtMs={life.retryAtMs} giveUpAtMs={life.giveUpAtMs} /> : null}
      {soundBlocked ? (
        <Alert tone="lamp" title="Sound is held back" actions={<Button variant="solid" onClick={() => void session.unblockSound()}>Hear Voxfare</Button>}>
          The browser waits for your touch before it plays sound.
        </Alert>
      ) : null}
      {drainingS !== null && life.phase === 'live' ? (
        <Alert tone="lamp" title="This server is about to restart">
          Your call may go on for {drainingS} seconds; after that, please call again. Bookings are safe.
        </Alert>
      ) : null}
      {signedOut && life.phase === 'live' ? (
        <Alert tone="lamp" title="Your wallet was signed out" actions={<Button size="small" onClick={() => sheetStore.setState({ open: true })}>Sign in again</Button>}>
          What is booked now earns for an account without it.
        </Alert>
      ) : null}
      {notice !== null && life.phase === 'live' ? (
        <Alert title="Something went wrong" actions={<Button size="small" onClick={() => session.dismissNotice()}>Dismiss</Button>}>
          {notice}
        </Alert>
      ) : null}
    </>
  )
}

function FailureAlert({ failure }: { readonly failure: Failure }) {
  const { title, body, again, typing } = troubleOf(failure, location.host)
  // The alert is drawn anew for every failed call, so the moment is fixed when it appears.
  const [retryAtMs] = useState(() => (failure.reason === 'server-busy' ? performance.now() + failure.retryAfterS * 1000 : null))
  const seconds = useCountdown(retryAtMs)
  return (
    <Alert
      title={title}
      actions={
        again ? (
          <Button variant="solid" onClick={() => void session.start()} disabled={seconds > 0}>
            {seconds > 0 ? `Try again in ${seconds} s` : failure.reason === 'session-over' ? 'Start a new call' : 'Try again'}
          </Button>
        ) : undefined
      }
    >
      {body}
      {typing ? <span className="sr-only"> The text field is below.</span> : null}
    </Alert>
  )
}

interface ReconnectingProps {
  readonly attempt: number
  readonly retryAtMs: number | null
  readonly giveUpAtMs: number
}

function Reconnecting({ attempt, retryAtMs, giveUpAtMs }: ReconnectingProps) {
  const next = useCountdown(retryAtMs)
  const left = useCountdown(giveUpAtMs)
  return (
    <Alert tone="lamp" title="The line was lost" actions={<Button size="small" onClick={() => session.hangUp()}>Give up</Button>}>
      <span>Your conversation is kept on the server. </span>
      <span aria-hidden="true" className="text-soft tabular-nums">
        {retryAtMs === null || next === 0 ? `Attempt ${Math.max(1, attempt)}` : `Next attempt in ${next} s`}, {left} s left
      </span>
    </Alert>
  )
}
