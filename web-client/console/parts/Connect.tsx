// Opens and ends a session, and shows how it stands.
import { Waveform } from '../../app/parts/Waveform.tsx'
import { troubleOf } from '../../app/text/trouble.ts'
import { Button } from '../../app/ui/Button.tsx'
import { Panel } from '../../app/ui/Panel.tsx'
import { useLife } from '../../sdk/react/useLife.ts'
import { useVoxfare } from '../../sdk/react/useVoxfare.ts'
import { useSession } from '../../sdk/react/useSession.ts'
import { isOver } from '../../sdk/reduce.ts'
import type { Life } from '../../sdk/state.ts'
import { type Connection, connect, hangUp, setConnection, store } from '../store.ts'
import { Choice } from './Choice.tsx'
import { Field } from './Field.tsx'

/** The first panel. */
export function Connect() {
  const connection = store((state) => state.connection)
  const life = useLife()
  const over = isOver(life)
  return (
    <Panel title="Connection" className="shrink-0" aside={<span className="text-sm text-ink" role="status">{standing(life)}</span>}>
      <form
        className="flex flex-col gap-3 px-4 pb-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (over) connect()
          else hangUp()
        }}
      >
        <Choice<Connection['over']>
          label="Transport"
          value={connection.over}
          options={[['websocket', 'WebSocket'], ['webrtc', 'WebRTC']]}
          disabled={!over}
          onChange={(way) => setConnection({ over: way })}
        />
        <Field label="Server" placeholder={location.origin} value={connection.server} disabled={!over} onChange={(server) => setConnection({ server })} />
        <Field label="API key or client secret" placeholder="not needed on this machine" secret value={connection.key} disabled={!over} onChange={(key) => setConnection({ key })} />
        <div className="flex flex-wrap gap-x-5 gap-y-2 text-sm">
          <Check label="Microphone" checked={connection.microphone} disabled={!over} onChange={(microphone) => setConnection({ microphone })} />
          <Check label="Server speaks first" checked={connection.greeting} disabled={!over} onChange={(greeting) => setConnection({ greeting })} />
        </div>
        <Waveform className="h-10 w-full" />
        <div className="flex flex-wrap gap-2">
          <Button type="submit" size="small" variant={over ? 'solid' : 'alarm'}>
            {over ? 'Connect' : 'Hang up'}
          </Button>
          {over ? null : <CallButtons />}
        </div>
        {life.phase === 'failed' ? (
          <p role="alert" className="text-sm text-alarm">
            {troubleOf(life.failure, location.host).title}. {troubleOf(life.failure, location.host).body}
          </p>
        ) : null}
      </form>
    </Panel>
  )
}

function CallButtons() {
  const session = useVoxfare()
  const muted = useSession((state) => state.muted)
  const microphone = useSession((state) => state.microphone)
  const blocked = useSession((state) => state.soundBlocked)
  return (
    <>
      {microphone ? (
        <Button size="small" aria-pressed={muted} onClick={() => session.mute(!muted)}>
          {muted ? 'Unmute' : 'Mute'}
        </Button>
      ) : null}
      <Button size="small" onClick={() => session.interrupt()}>Interrupt</Button>
      {blocked ? <Button size="small" onClick={() => void session.unblockSound()}>Let sound through</Button> : null}
    </>
  )
}

interface CheckProps {
  readonly label: string
  readonly checked: boolean
  readonly disabled: boolean
  readonly onChange: (checked: boolean) => void
}

function Check({ label, checked, disabled, onChange }: CheckProps) {
  return (
    <label className="flex items-center gap-2">
      <input type="checkbox" className="size-4 accent-lamp" checked={checked} disabled={disabled} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  )
}

function standing(life: Life): string {
  switch (life.phase) {
    case 'idle':
      return 'Not connected'
    case 'requesting-microphone':
      return 'Allow the microphone'
    case 'connecting':
      return 'Connecting'
    case 'reconnecting':
      return `Coming back, attempt ${life.attempt + 1}`
    case 'ended':
      return life.by === 'server' ? 'Ended by the server' : 'Ended'
    case 'failed':
      return `Failed: ${life.failure.reason}`
    case 'live':
      return `Live, ${life.activity}`
  }
}
