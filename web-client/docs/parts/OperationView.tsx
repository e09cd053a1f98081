// One door: how it is asked, and what it answers.
import { Badge } from '../../app/ui/Badge.tsx'
import { type Node, type Operation, type Schemas, refName, resolve } from '../model.ts'
import { Field, Shape } from './Fields.tsx'
import { Prose } from './Prose.tsx'

/** One door. */
export function OperationView({ schemas, operation }: { readonly schemas: Schemas; readonly operation: Operation }) {
  const { id, method, path, summary, description, parameters, body, answers } = operation
  return (
    <article id={id} aria-labelledby={`${id}-title`} className="scroll-mt-4 rounded-2xl border border-line bg-panel p-4 sm:p-5">
      <h3 id={`${id}-title`} className="text-base font-bold text-ink">{summary}</h3>
      <p className="mt-1.5 flex flex-wrap items-center gap-2">
        <Badge tone={method === 'GET' ? 'well' : method === 'DELETE' ? 'alarm' : 'lamp'} className="font-mono">{method}</Badge>
        <code className="min-w-0 font-mono text-sm break-all text-ink">{path}</code>
      </p>
      {description === '' ? null : <Prose text={description} className="mt-3 text-sm text-soft" />}
      {parameters.length === 0 ? null : (
        <Part title="Parameters">
          <ul className="divide-y divide-line border-t border-line">
            {parameters.map(({ name, in: place, required = false, description: meaning, schema = {} }) => (
              <Field key={`${place} ${name}`} schemas={schemas} name={name} required={required} field={described(schema, meaning)} />
            ))}
          </ul>
        </Part>
      )}
      {Object.entries(body).map(([kind, { schema = {} }]) => (
        <Part key={kind} title="Body" aside={kind}>
          <Content schemas={schemas} node={schema} />
        </Part>
      ))}
      <Part title="Answers">
        <ul className="divide-y divide-line border-t border-line">
          {answers.map(([statuses, { description: meaning = '', content = {}, headers = {} }]) => (
            <li key={statuses.join(' ')} className="py-2.5 text-sm">
              <p className="flex flex-wrap gap-x-2.5 font-mono font-bold">
                {statuses.map((status) => (
                  <code key={status} className={status < '400' ? 'text-well' : 'text-alarm'}>{status}</code>
                ))}
              </p>
              <Prose text={meaning} className="mt-0.5 text-soft" />
              {Object.entries(headers).map(([name, header]) => <Headed key={name} schemas={schemas} name={name} node={described(header.schema ?? {}, header.description)} />)}
              {Object.entries(content).map(([kind, { schema = {} }]) => <Content key={kind} schemas={schemas} node={schema} />)}
            </li>
          ))}
        </ul>
      </Part>
    </article>
  )
}

function Part({ title, aside, children }: { readonly title: string; readonly aside?: string; readonly children: React.ReactNode }) {
  return (
    <section className="mt-4">
      <h4 className="flex items-baseline gap-3 pb-1.5 text-sm text-soft">
        {title}
        {aside === undefined ? null : <code className="font-mono text-xs text-faint">{aside}</code>}
      </h4>
      {children}
    </section>
  )
}

function Headed({ schemas, name, node }: { readonly schemas: Schemas; readonly name: string; readonly node: Node }) {
  return (
    <ul className="mt-1 ml-1 border-l-2 border-line pl-3">
      <Field schemas={schemas} name={name} field={node} required={false} />
    </ul>
  )
}

function Content({ schemas, node }: { readonly schemas: Schemas; readonly node: Node }) {
  const whole = resolve(schemas, node)
  if (whole.properties !== undefined) return <Shape schemas={schemas} name={refName(node) ?? 'its fields'} node={whole} />
  return whole.description === undefined ? null : <Prose text={whole.description} className="text-sm text-soft" />
}

function described(schema: Node, description: string | undefined): Node {
  return description === undefined ? schema : { ...schema, description }
}
