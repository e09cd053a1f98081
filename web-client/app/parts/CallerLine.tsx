// What the caller said; words that may still change are dimmed.
import type { CallerEntry } from '../../sdk/state.ts'

/** One utterance or typed message. */
export function CallerLine({ entry }: { readonly entry: CallerEntry }) {
  const empty = entry.stable + entry.unstable === ''
  return (
    <li className="rise flex flex-col items-end">
      <p className="sr-only">You {entry.typed === null ? 'said' : 'typed'}:</p>
      <p className="max-w-[85%] rounded-2xl rounded-br-md border border-caller/40 bg-panel px-4 py-2.5 text-base leading-relaxed break-words">
        {empty ? <span className="text-faint">{entry.state === 'failed' ? 'Not understood' : 'Listening'}</span> : entry.stable}
        {entry.unstable === '' ? null : (
          <span data-words="unstable" className="text-faint">
            {entry.unstable}
          </span>
        )}
      </p>
      {entry.state === 'failed' && !empty ? <p className="mt-1 text-xs text-soft">Not fully understood</p> : null}
    </li>
  )
}
