// Writes an event by hand, from a template, and holds it against the schema while it is written.
import { useId, useMemo } from 'react'
import { Button } from '../../app/ui/Button.tsx'
import { Panel } from '../../app/ui/Panel.tsx'
import type { ClientEvent } from '../../sdk/protocol/events.gen.ts'
import { type Problem, validate } from '../../sdk/protocol/validate.ts'
import { schema } from '../schema.ts'
import { send, setDraft, store } from '../store.ts'
import { clientEvents, templateOf } from '../templates.ts'

/** The composer. */
export function Compose() {
  const draft = store((state) => state.draft)
  const notice = store((state) => state.notice)
  const id = useId()
  const { event, problems } = useMemo(() => read(draft), [draft])
  const go = () => {
    if (event !== null) send(event)
  }
  return (
    <Panel title="Send an event" className="shrink-0">
      <div className="flex flex-col gap-2 px-4 pb-4 text-sm">
        <select
          aria-label="Template"
          value=""
          className="h-9 w-full rounded-lg border border-edge bg-panel px-2 text-ink"
          onChange={(change) => setDraft(JSON.stringify(templateOf(schema, change.target.value), null, 2))}
        >
          <option value="" disabled>
            Begin with…
          </option>
          {EVENTS.map(({ type, name }) => (
            <option key={type} value={name}>
              {type}
            </option>
          ))}
        </select>
        <textarea
          aria-label="Event as JSON"
          aria-describedby={`${id}p`}
          aria-invalid={problems.length > 0}
          spellCheck={false}
          rows={8}
          value={draft}
          className="w-full resize-y rounded-lg border border-edge bg-ground p-3 font-mono text-xs leading-relaxed text-ink"
          onChange={(change) => setDraft(change.target.value)}
          onKeyDown={(press) => {
            if (press.key === 'Enter' && (press.ctrlKey || press.metaKey)) go()
          }}
        />
        <div id={`${id}p`} aria-live="polite">
          {problems.length === 0 ? (
            <p className="text-well">Fits the schema</p>
          ) : (
            <ul className="text-alarm">
              {problems.slice(0, PROBLEMS_MAX).map(({ path, message }) => (
                <li key={`${path} ${message}`}>
                  <span className="font-mono text-xs">{path}</span> {message}
                </li>
              ))}
            </ul>
          )}
        </div>
        <div className="flex items-center gap-3">
          <Button variant="solid" size="small" disabled={event === null} onClick={go}>
            {problems.length === 0 || event === null ? 'Send' : 'Send anyway'}
          </Button>
          <span className="text-xs text-soft">Ctrl+Enter</span>
        </div>
        {notice === null ? null : (
          <p role="status" className="text-lamp">
            {notice}
          </p>
        )}
      </div>
    </Panel>
  )
}

function read(draft: string): { readonly event: ClientEvent | null; readonly problems: readonly Problem[] } {
  try {
    const value: unknown = JSON.parse(draft)
    const sendable = typeof value === 'object' && value !== null && !Array.isArray(value)
    return { event: sendable ? (value as ClientEvent) : null, problems: validate(schema, 'ClientEvent', value) }
  } catch (thrown) {
    return { event: null, problems: [{ path: '', message: thrown instanceof Error ? thrown.message : 'This is no JSON.' }] }
  }
}

const EVENTS = clientEvents(schema)
const PROBLEMS_MAX = 6
