// Keeps the log in a file, takes one back, and shows it again in its own time.
import { useRef } from 'react'
import { Button } from '../../app/ui/Button.tsx'
import { useLife } from '../../sdk/react/useLife.ts'
import { toJsonl } from '../log.ts'
import { clearLog, importLog, replay, resend, stopReplay, store } from '../store.ts'

/** The line below the list. */
export function LogTools() {
  const empty = store((state) => state.log.length === 0)
  const playing = store((state) => state.replay)
  const live = useLife().phase === 'live'
  const file = useRef<HTMLInputElement>(null)
  return (
    <div className="flex flex-wrap items-center gap-2 border-t border-line p-2">
      <Button size="small" onClick={() => file.current?.click()}>
        Open log
      </Button>
      <input
        ref={file}
        type="file"
        accept=".jsonl,.json,.txt"
        className="hidden"
        aria-label="Log file"
        tabIndex={-1}
        onChange={(event) => {
          void event.target.files?.[0]?.text().then(importLog)
          event.target.value = ''
        }}
      />
      <Button size="small" disabled={empty} onClick={save}>
        Save log
      </Button>
      <Button size="small" disabled={empty} onClick={clearLog}>
        Clear
      </Button>
      <span className="flex-1" />
      {playing === null ? (
        <>
          <Button size="small" disabled={empty} onClick={() => replay(1)}>
            Replay
          </Button>
          <Button size="small" disabled={empty} onClick={() => replay(FAST)}>
            Replay {FAST}×
          </Button>
          <Button size="small" disabled={empty || !live} title="Sends the client's events of this log on the open line, at their times" onClick={resend}>
            Send again
          </Button>
        </>
      ) : (
        <Button size="small" variant="alarm" onClick={stopReplay}>
          Stop at {(playing.until / 1000).toFixed(1)} s
        </Button>
      )}
    </div>
  )
}

function save(): void {
  const address = URL.createObjectURL(new Blob([toJsonl(store.getState().log)], { type: 'application/jsonl' }))
  const link = document.createElement('a')
  link.href = address
  link.download = `voxfare-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.jsonl`
  link.click()
  URL.revokeObjectURL(address)
}

const FAST = 8
