// One event: what it is for, and its fields.
import { Badge } from '../../app/ui/Badge.tsx'
import type { EventDoc, Schemas } from '../model.ts'
import { Fields } from './Fields.tsx'
import { Prose } from './Prose.tsx'

/** One event; its fields open when it is asked for. */
export function EventView({ schemas, event }: { readonly schemas: Schemas; readonly event: EventDoc }) {
  const { id, type, summary, neverSent, only, payload } = event
  return (
    <article id={id} aria-labelledby={`${id}-title`} className="scroll-mt-4 rounded-2xl border border-line bg-panel p-4 sm:p-5">
      <div className="flex flex-wrap items-center gap-2">
        <h3 id={`${id}-title`} className="min-w-0 font-mono text-sm font-bold break-all text-ink">{type}</h3>
        {only === null ? null : <Badge>{only} only</Badge>}
        {neverSent ? <Badge tone="alarm">never sent here</Badge> : null}
      </div>
      <Prose text={summary} className="mt-1.5 text-sm text-soft" />
      <details className="mt-2">
        <summary className="w-fit cursor-pointer rounded text-sm text-lamp">{Object.keys(payload.properties ?? {}).length} fields</summary>
        <div className="mt-2">
          <Fields schemas={schemas} node={payload} />
        </div>
      </details>
    </article>
  )
}
