// What of the log is shown: by direction, by type, by words.
import { useEffect, useRef } from 'react'
import { Input } from '../../app/ui/Input.tsx'
import { useLog } from '../hooks/useLog.ts'
import { useShown } from '../hooks/useShown.ts'
import { type Filter, SOUND_TYPES, countTypes } from '../log.ts'
import { setFilter, store } from '../store.ts'
import { Choice } from './Choice.tsx'

/** The line above the list. */
export function Filters() {
  const filter = store((state) => state.filter)
  const all = useLog().length
  const shown = useShown().length
  return (
    <div className="relative flex flex-wrap items-center gap-2 border-b border-line p-2">
      <Input
        type="search"
        aria-label="Search in events"
        placeholder="Search"
        className="h-9 w-auto min-w-32 flex-1 rounded-lg px-3 text-sm"
        value={filter.text}
        onChange={(event) => setFilter({ text: event.target.value })}
      />
      <Choice<Filter['direction']>
        label="Direction"
        value={filter.direction}
        options={[['both', 'Both'], ['sent', 'Sent'], ['received', 'Received']]}
        onChange={(direction) => setFilter({ direction })}
      />
      <Types />
      <label className="flex items-center gap-2 px-1 text-sm">
        <input type="checkbox" className="size-4 accent-lamp" checked={filter.sound} onChange={(event) => setFilter({ sound: event.target.checked })} />
        Sound
      </label>
      <p className="px-1 font-mono text-xs text-soft" data-part="count">
        {shown === all ? all : `${shown} of ${all}`}
      </p>
    </div>
  )
}

function Types() {
  const log = useLog()
  const hidden = store((state) => state.filter.hidden)
  const counts = countTypes(log)
  const details = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    const close = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && details.current !== null) details.current.open = false
    }
    document.addEventListener('keydown', close)
    return () => document.removeEventListener('keydown', close)
  }, [])
  const change = (type: string, show: boolean) => {
    const next = new Set(hidden)
    if (show) next.delete(type)
    else next.add(type)
    setFilter({ hidden: next })
  }
  return (
    <details ref={details} className="text-sm">
      <summary className="flex h-9 cursor-pointer list-none items-center rounded-lg border border-edge px-3 text-ink">
        Types{hidden.size === 0 ? '' : `, ${hidden.size} hidden`}
      </summary>
      <fieldset className="absolute right-2 left-2 z-10 mt-1 max-h-80 overflow-y-auto rounded-xl border border-edge bg-panel p-3 shadow-lg">
        <legend className="sr-only">Types that are shown</legend>
        <div className="mb-2 flex gap-4">
          <button type="button" className="text-lamp underline" onClick={() => setFilter({ hidden: new Set() })}>
            Show all
          </button>
          <button type="button" className="text-lamp underline" onClick={() => setFilter({ hidden: new Set(counts.map(([type]) => type)) })}>
            Hide all
          </button>
        </div>
        {counts.length === 0 ? <p className="text-soft">Nothing came yet.</p> : null}
        <div className="columns-[18rem] gap-6">
          {counts.map(([type, count]) => (
            <label key={type} className="flex items-center gap-2 py-0.5">
              <input type="checkbox" className="size-4 accent-lamp" checked={!hidden.has(type)} onChange={(event) => change(type, event.target.checked)} />
              <span className="min-w-0 truncate font-mono text-xs">{type}</span>
              <span className="ml-auto font-mono text-xs text-soft">{SOUND_TYPES.has(type) ? `${count} sound` : count}</span>
            </label>
          ))}
        </div>
      </fieldset>
    </details>
  )
}
