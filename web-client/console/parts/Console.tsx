// The whole console: how to connect on the left, the events in the middle, one of them on the right, the turns below.
import { ThemeToggle } from '../../app/parts/ThemeToggle.tsx'
import { Logo } from '../../app/parts/Logo.tsx'
import { Button } from '../../app/ui/Button.tsx'
import { SessionProvider } from '../../sdk/react/SessionProvider.tsx'
import { store } from '../store.ts'
import { Compose } from './Compose.tsx'
import { Connect } from './Connect.tsx'
import { EventList } from './EventList.tsx'
import { Filters } from './Filters.tsx'
import { Inspector } from './Inspector.tsx'
import { LogTools } from './LogTools.tsx'
import { Turns } from './Turns.tsx'

/** The page for developers. */
export function Console() {
  const session = store((state) => state.session)
  return (
    <SessionProvider session={session}>
      <div className="flex min-h-dvh flex-col xl:h-dvh">
        <header className="flex h-16 shrink-0 items-center justify-between px-4 sm:px-6">
          <div className="flex items-center gap-4">
            <a href="/" aria-label="Voxfare, to the page" className="rounded-lg">
              <Logo />
            </a>
            <h1 className="text-lg text-soft">Console</h1>
          </div>
          <div className="flex items-center gap-1">
            <Button asChild variant="quiet" size="small">
              <a href="/docs">Docs</a>
            </Button>
            <ThemeToggle />
          </div>
        </header>
        <main className="grid min-h-0 flex-1 gap-4 px-4 pb-4 sm:px-6 xl:grid-cols-[19rem_minmax(0,1fr)_26rem]">
          <div className="grid min-h-0 items-start gap-4 md:grid-cols-2 xl:flex xl:flex-col xl:items-stretch xl:overflow-y-auto">
            <Connect />
            <Compose />
          </div>
          <div className="flex min-h-0 min-w-0 flex-col gap-4">
            <section aria-label="Events" className="flex min-h-0 flex-1 flex-col rounded-2xl border border-line bg-panel">
              <Filters />
              <EventList />
              <LogTools />
            </section>
            <Turns />
          </div>
          <Inspector />
        </main>
      </div>
    </SessionProvider>
  )
}
