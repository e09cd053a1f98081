// The page of the interfaces: the doors over HTTP, and every event of a session.
import { useEffect, useState } from 'react'
import { Logo } from '../../app/parts/Logo.tsx'
import { ThemeToggle } from '../../app/parts/ThemeToggle.tsx'
import { Alert } from '../../app/ui/Alert.tsx'
import { Button } from '../../app/ui/Button.tsx'
import { Input } from '../../app/ui/Input.tsx'
import { useDescriptions } from '../hooks/useDescriptions.ts'
import { type AsyncApi, type OpenApi, type Section, search, sectionsOf } from '../model.ts'
import { Contents } from './Contents.tsx'
import { EventView } from './EventView.tsx'
import { OperationView } from './OperationView.tsx'
import { Prose } from './Prose.tsx'

/** The page of the interfaces. */
export function Docs() {
  const descriptions = useDescriptions()
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex h-16 shrink-0 items-center justify-between px-4 sm:px-6">
        <div className="flex items-center gap-4">
          <a href="/" aria-label="Voxfare, to the page" className="rounded-lg">
            <Logo />
          </a>
          <h1 className="text-lg text-soft">Docs</h1>
        </div>
        <div className="flex items-center gap-1">
          <Button asChild variant="quiet" size="small">
            <a href="/console.html">Console</a>
          </Button>
          <ThemeToggle />
        </div>
      </header>
      {descriptions.is === 'there' ? <Whole http={descriptions.http} events={descriptions.events} /> : null}
      {descriptions.is === 'failed' ? (
        <div className="mx-auto w-full max-w-xl p-4">
          <Alert title="The descriptions could not be read">{descriptions.why}. Reload the page once the server answers.</Alert>
        </div>
      ) : null}
      {descriptions.is === 'loading' ? <p className="p-6 text-soft" role="status">Reading the descriptions…</p> : null}
    </div>
  )
}

function Whole({ http, events }: { readonly http: OpenApi; readonly events: AsyncApi }) {
  const [text, setText] = useState('')
  const seek = (words: string) => {
    setText(words)
    // What is found begins at the top.
    window.scrollTo({ top: 0 })
  }
  const all = sectionsOf(http, events)
  const sections = search(all, text)
  // The address may name a place that was not there when the page came.
  useEffect(() => {
    const place = () => document.getElementById(location.hash.slice(1))?.scrollIntoView()
    place()
    // Letters that arrive later are of another height, and the place moves away with them.
    let here = true
    void document.fonts.ready.then(() => here && place())
    return () => {
      here = false
    }
  }, [])
  return (
    <div className="mx-auto grid w-full max-w-7xl flex-1 gap-x-10 px-4 pb-16 sm:px-6 lg:grid-cols-[17rem_minmax(0,1fr)]">
      {/* The room at the sides is for the ring around what has the focus. */}
      <aside className="lg:sticky lg:top-0 lg:-mx-2 lg:max-h-dvh lg:self-start lg:overflow-y-auto lg:px-2 lg:py-4">
        <Input type="search" aria-label="Search in the docs" placeholder="Search" className="mb-4 h-10 rounded-lg px-3 text-sm" value={text} onChange={(event) => seek(event.target.value)} />
        <details className="mb-4 rounded-2xl border border-line bg-panel p-4 lg:hidden">
          <summary className="cursor-pointer rounded text-sm font-bold">Contents</summary>
          <div className="mt-3">
            <Contents sections={sections} />
          </div>
        </details>
        <div className="hidden lg:block">
          <Contents sections={sections} />
        </div>
      </aside>
      <main className="min-w-0 lg:py-4">
        {text === '' ? <Introduction http={http} /> : null}
        {sections.length === 0 ? <p className="text-soft" role="status">Nothing holds all of these words.</p> : null}
        {sections.map((section) => (
          <Shown key={section.id} section={section} http={http} events={events} />
        ))}
      </main>
    </div>
  )
}

function Introduction({ http: { info } }: { readonly http: OpenApi }) {
  return (
    <section className="pb-8">
      <h2 className="text-2xl font-bold text-ink">
        {info.title} <span className="font-mono text-base font-normal text-soft">{info.version}</span>
      </h2>
      <Prose text={`${info.summary ?? ''} A client of the OpenAI Realtime protocol works with its base URL changed. A session is opened by one of the doors below; then events go both ways, as JSON text.`} className="mt-2 text-soft" />
      <p className="mt-3 flex flex-wrap gap-2">
        <Button asChild size="small">
          <a href="/openapi.json">OpenAPI 3.1</a>
        </Button>
        <Button asChild size="small">
          <a href="/asyncapi.json">AsyncAPI 3.0</a>
        </Button>
      </p>
    </section>
  )
}

function Shown({ section, http, events }: { readonly section: Section; readonly http: OpenApi; readonly events: AsyncApi }) {
  const { id, title, description } = section
  return (
    <section id={id} aria-labelledby={`${id}-title`} className="scroll-mt-4 pb-10">
      <h2 id={`${id}-title`} className="text-xl font-bold text-ink">{title}</h2>
      <Prose text={description} className="mt-1 mb-4 text-sm text-soft" />
      <div className="flex flex-col gap-3">
        {section.operations.map((operation) => (
          <OperationView key={operation.id} schemas={http.components.schemas} operation={operation} />
        ))}
        {section.events.map((event) => (
          <EventView key={event.id} schemas={events.components.schemas} event={event} />
        ))}
      </div>
    </section>
  )
}
