// One event whole: what it is, whether it fits the schema, its JSON.
import { useState } from 'react'
import { Button } from '../../app/ui/Button.tsx'
import { Panel } from '../../app/ui/Panel.tsx'
import { validate } from '../../sdk/protocol/validate.ts'
import { type LogEntry, pretty } from '../log.ts'
import { schema } from '../schema.ts'
import { setDraft, store } from '../store.ts'
import { definitionOf } from '../templates.ts'

/** The right column. */
export function Inspector() {
  const entry = store((state) => (state.selected === null ? null : (state.log.find(({ id }) => id === state.selected) ?? null)))
  return (
    <Panel title="Event" className="flex min-h-0 flex-col">
      {entry === null ? <p className="px-4 pb-4 text-sm text-soft">Choose an event to see all of it.</p> : <Whole key={entry.id} entry={entry} />}
    </Panel>
  )
}

function Whole({ entry }: { readonly entry: LogEntry }) {
  const [long, setLong] = useState(false)
  const { event, direction } = entry
  const problems = validate(schema, direction === 'sent' ? 'ClientEvent' : 'ServerEvent', event)
  const known = definitionOf(schema, event.type) !== null
  const json = pretty(event, long)
  return (
    <>
      <div className="flex flex-col gap-2 px-4 pb-3 text-sm">
        <p className="font-mono break-all text-ink">{event.type}</p>
        <p className="leading-relaxed text-soft">{definitionOf(schema, event.type)?.description ?? 'The schema knows no such event.'}</p>
        {problems.length === 0 ? (
          <p className="text-well">Fits the schema</p>
        ) : (
          <ul className="text-alarm" aria-label="What does not fit the schema">
            {(known ? problems : problems.slice(0, 1)).map(({ path, message }) => (
              <li key={`${path} ${message}`}>
                <span className="font-mono text-xs">{path === '' ? 'event' : path}</span> {message}
              </li>
            ))}
          </ul>
        )}
        <div className="flex flex-wrap gap-2">
          <Button size="small" onClick={() => void navigator.clipboard.writeText(pretty(event, true)).catch(() => undefined)}>
            Copy
          </Button>
          {direction === 'sent' ? (
            <Button size="small" onClick={() => setDraft(pretty(event, true))}>
              Edit and send
            </Button>
          ) : null}
          {json.includes('… (') || long ? (
            <Button size="small" aria-pressed={long} onClick={() => setLong(!long)}>
              Long texts
            </Button>
          ) : null}
        </div>
      </div>
      {/* What scrolls must take focus to be scrolled by keys. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} role="region" aria-label="The event as JSON" className="min-h-40 flex-1 overflow-auto border-t border-line p-4 font-mono text-xs leading-relaxed break-words whitespace-pre-wrap">
        {json}
      </pre>
    </>
  )
}
