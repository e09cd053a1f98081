// The fields of a schema, one a line; what has fields of its own opens under it.
import { useState } from 'react'
import { type Node, type Schemas, boundsOf, resolve, shapesOf, typeOf } from '../model.ts'
import { Prose } from './Prose.tsx'

interface FieldsProps {
  readonly schemas: Schemas
  readonly node: Node
}

/** The fields of a schema. */
export function Fields({ schemas, node }: FieldsProps) {
  const required = new Set(node.required)
  return (
    <ul className="divide-y divide-line border-t border-line">
      {Object.entries(node.properties ?? {}).map(([name, field]) => (
        <Field key={name} schemas={schemas} name={name} field={field} required={required.has(name)} />
      ))}
    </ul>
  )
}

interface FieldProps {
  readonly schemas: Schemas
  readonly name: string
  readonly field: Node
  readonly required: boolean
}

/** One field: its name, what it is, what it means, and what is in it. */
export function Field({ schemas, name, field, required }: FieldProps) {
  const shapes = shapesOf(schemas, field)
  const whole = resolve(schemas, field)
  const description = field.description ?? (shapes.length === 0 ? whole.description : undefined)
  const bounds = boundsOf({ ...whole, ...field })
  return (
    <li className="py-2.5 text-sm">
      <p className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5">
        <code className="font-mono font-bold text-ink">{name}</code>
        <code className="min-w-0 font-mono text-xs break-words text-caller">{typeOf(field)}</code>
        {required ? <span className="text-xs text-lamp">required</span> : null}
      </p>
      {description === undefined ? null : <Prose text={description} className="mt-0.5 text-soft" />}
      {bounds.length === 0 ? null : <p className="mt-0.5 text-xs text-faint">{bounds.join(', ')}</p>}
      {shapes.map(([shape, inner], at) => (
        <Shape key={shape ?? at} schemas={schemas} name={shape} node={inner} />
      ))}
    </li>
  )
}

/** What has fields of its own; they are drawn once it is opened. */
export function Shape({ schemas, name, node }: FieldsProps & { readonly name: string | null }) {
  // What is closed is not drawn: some schemas hold themselves.
  const [open, setOpen] = useState(false)
  return (
    <details className="mt-1.5" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="w-fit cursor-pointer rounded text-xs text-lamp">{name ?? 'its fields'}</summary>
      {open ? (
        <div className="mt-1.5 ml-1 border-l-2 border-line pl-3">
          {/* What has no name was described with its field. */}
          {node.description === undefined || name === null ? null : <Prose text={node.description} className="pb-1.5 text-soft" />}
          <Fields schemas={schemas} node={node} />
        </div>
      ) : null}
    </details>
  )
}
