// The events, one a row. Only the rows in sight are drawn, however long the log is; the keys move the choice, and the list follows the newest while it is at its end.
import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
import { classes } from '../../app/ui/classes.ts'
import { useShown } from '../hooks/useShown.ts'
import { type LogEntry, summaryOf } from '../log.ts'
import { select, store } from '../store.ts'

/** A list box over all shown events. */
export function EventList() {
  const shown = useShown()
  const selected = store((state) => state.selected)
  const id = useId()
  const box = useRef<HTMLDivElement>(null)
  const following = useRef(true)
  const [view, setView] = useState({ top: 0, height: 600 })
  const at = shown.findIndex((entry) => entry.id === selected)

  useEffect(() => {
    const element = box.current
    if (element === null) return undefined
    const size = new ResizeObserver(() => setView((before) => ({ ...before, height: element.clientHeight })))
    size.observe(element)
    return () => size.disconnect()
  }, [])
  const count = shown.length
  useLayoutEffect(() => {
    const element = box.current
    if (element !== null && following.current) element.scrollTop = count * ROW_PX
  }, [count])

  const move = (to: number) => {
    const next = Math.max(0, Math.min(to, shown.length - 1))
    const entry = shown[next]
    const element = box.current
    if (entry === undefined || element === null) return
    select(entry.id)
    following.current = next === shown.length - 1
    if (next * ROW_PX < element.scrollTop) element.scrollTop = next * ROW_PX
    if ((next + 1) * ROW_PX > element.scrollTop + element.clientHeight) element.scrollTop = (next + 1) * ROW_PX - element.clientHeight
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(view.height / ROW_PX) - 1)
    const steps: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at < 0 ? shown.length - 1 : at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: shown.length - 1 }
    const to = steps[event.key]
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    move(to)
  }

  const first = Math.max(0, Math.floor(view.top / ROW_PX) - SPARE_ROWS)
  const last = Math.min(shown.length, Math.ceil((view.top + view.height) / ROW_PX) + SPARE_ROWS)
  // The chosen one stays drawn, or its name would lead nowhere.
  const rows = Array.from({ length: Math.max(0, last - first) }, (_, row) => first + row)
  if (at >= 0 && (at < first || at >= last)) rows.push(at)
  // A list box without options is none.
  const list = count === 0 ? {} : ({ role: 'listbox', 'aria-label': 'Events, oldest first', tabIndex: 0, 'aria-activedescendant': at < 0 ? undefined : `${id}${shown[at]?.id}` } as const)
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      ref={box}
      {...list}
      onKeyDown={onKeyDown}
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget
        following.current = scrollHeight - scrollTop - clientHeight < ROW_PX
        setView({ top: scrollTop, height: clientHeight })
      }}
      className="relative h-[26rem] min-h-48 flex-none overflow-x-hidden overflow-y-auto -outline-offset-2 xl:h-auto xl:flex-1"
    >
      <div role="presentation" style={{ height: count * ROW_PX }} />
      {rows.map((row) => {
        const entry = shown[row]
        return entry === undefined ? null : <Row key={entry.id} id={`${id}${entry.id}`} entry={entry} row={row} count={count} chosen={row === at} onChoose={() => move(row)} />
      })}
      {count === 0 ? <p className="p-4 text-sm text-soft">Connect, or open a saved log: events stand here as they go.</p> : null}
    </div>
  )
}

interface RowProps {
  readonly id: string
  readonly entry: LogEntry
  readonly row: number
  readonly count: number
  readonly chosen: boolean
  readonly onChoose: () => void
}

function Row({ id, entry, row, count, chosen, onChoose }: RowProps) {
  const sent = entry.direction === 'sent'
  return (
    // The list box has the focus and the keys for all of its options.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      id={id}
      role="option"
      aria-selected={chosen}
      aria-setsize={count}
      aria-posinset={row + 1}
      onClick={onChoose}
      style={{ top: row * ROW_PX, height: ROW_PX }}
      className={classes('absolute inset-x-0 flex cursor-pointer items-center gap-3 px-3 font-mono text-xs', chosen ? 'bg-raised' : 'hover:bg-raised/60')}
    >
      <span className="w-16 shrink-0 text-right text-soft">{(entry.at / 1000).toFixed(3)}</span>
      <span className={classes('shrink-0', sent ? 'text-caller' : 'text-lamp')} aria-hidden="true">
        {sent ? '▲' : '▼'}
      </span>
      <span className="sr-only">{sent ? 'sent' : 'received'}</span>
      <span className={classes('max-w-[65%] shrink-0 truncate', entry.event.type === 'error' ? 'text-alarm' : 'text-ink')}>{entry.event.type}</span>
      <span className="min-w-0 truncate text-soft">{summaryOf(entry)}</span>
    </div>
  )
}

const ROW_PX = 26
const SPARE_ROWS = 8
