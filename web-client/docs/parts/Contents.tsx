// The table of contents.
import type { Section } from '../model.ts'

/** Links to everything that is shown. */
export function Contents({ sections }: { readonly sections: readonly Section[] }) {
  return (
    <nav aria-label="Contents" className="flex flex-col gap-4 text-sm">
      {sections.map(({ id, title, operations, events }) => (
        <div key={id}>
          <a href={`#${id}`} className="rounded font-bold text-ink hover:text-lamp">
            {title}
          </a>
          <ul className="mt-1 border-l border-line">
            {operations.map((each) => (
              <Line key={each.id} id={each.id}>
                {each.summary}
              </Line>
            ))}
            {events.map((each) => (
              <Line key={each.id} id={each.id}>
                <span className="font-mono text-xs">{each.type}</span>
              </Line>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}

function Line({ id, children }: { readonly id: string; readonly children: React.ReactNode }) {
  return (
    <li>
      <a href={`#${id}`} className="block rounded py-0.5 pl-3 break-words text-soft hover:text-lamp">
        {children}
      </a>
    </li>
  )
}
