// The page's keys: space or enter talks, M mutes, Esc hangs up. Keys typed into a field or a button are left alone, and all of them while a sheet lies over the call.
import { useEffect } from 'react'
import { isOver } from '../../sdk/reduce.ts'
import { session } from '../session.ts'
import { pressDial } from '../talk.ts'

/** Listens on the whole page while it is mounted. */
export function useKeys(): void {
  useEffect(() => {
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return
  if (document.querySelector('dialog[open]') !== null) return
  const target = event.target instanceof HTMLElement ? event.target : null
  if (target?.closest('input, textarea, select, [contenteditable]')) {
    if (event.key === 'Escape') target.blur()
    return
  }
  if (event.key === 'Escape') session.hangUp()
  else if (event.key === 'm' || event.key === 'M') {
    if (!isOver(session.state.life) && session.state.microphone) session.mute(!session.state.muted)
  } else if ((event.key === ' ' || event.key === 'Enter') && !target?.closest('button, a, summary, [tabindex]')) {
    event.preventDefault()
    pressDial()
  }
}
