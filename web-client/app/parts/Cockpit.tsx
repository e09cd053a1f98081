// A call under way, or one just over: dial and tasks, the talk, and what was found.
import { isOver } from '../../sdk/reduce.ts'
import { useMedia } from '../hooks/useMedia.ts'
import { useSession } from '../../sdk/react/useSession.ts'
import { Board } from './Board.tsx'
import { Captions } from './Captions.tsx'
import { Composer } from './Composer.tsx'
import { HangUpButton, MuteButton } from './Controls.tsx'
import { Dial } from './Dial.tsx'
import { Follow } from './Follow.tsx'
import { LatencyTable } from './LatencyTable.tsx'
import { Standing } from './Standing.tsx'
import { Tasks } from './Tasks.tsx'
import { Trouble } from './Trouble.tsx'
import { Waveform } from './Waveform.tsx'

/** One column with the instrument below on small screens; instrument, talk and board side by side on wide ones. */
export function Cockpit() {
  const wide = useMedia('(min-width: 64rem)')
  const shown = useSession((state) => state.entries.some((entry) => entry.kind === 'card'))
  return wide ? <Wide board={shown} /> : <Narrow />
}

function Wide({ board }: { readonly board: boolean }) {
  return (
    <main className={`mx-auto grid h-[calc(100dvh-4rem)] w-full gap-8 px-6 ${board ? 'max-w-[100rem] grid-cols-[14rem_minmax(0,1fr)_minmax(0,27rem)]' : 'max-w-6xl grid-cols-[14rem_minmax(0,1fr)]'}`}>
      <h1 className="sr-only">Your call with Voxfare</h1>
      <aside aria-label="Call" className="flex flex-col items-center gap-4 overflow-y-auto px-1 py-4">
        <Dial className="w-full" />
        <Standing />
        <Waveform className="h-14 w-full" />
        <Buttons />
        <div className="w-full pt-2">
          <Tasks />
        </div>
      </aside>
      <div className="flex min-h-0 min-w-0 flex-col">
        {/* What scrolls must take focus to be scrolled by keys. */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <div role="region" aria-label="Talk" tabIndex={0} className="flex min-h-0 flex-1 flex-col gap-5 overflow-y-auto px-1 py-4">
          <div className="flex-1" />
          <Captions cards={false} />
          <Trouble />
          <LatencyTable />
          <Follow />
        </div>
        <div className="pt-2 pb-5">
          <Composer />
        </div>
      </div>
      {board ? (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <aside aria-label="Results" tabIndex={0} className="min-h-0 overflow-y-auto px-1 py-4">
          <Board />
        </aside>
      ) : null}
    </main>
  )
}

function Narrow() {
  return (
    <main className="flex w-full flex-1 flex-col">
      <h1 className="sr-only">Your call with Voxfare</h1>
      <div className="mx-auto flex w-full max-w-2xl flex-1 flex-col justify-end gap-5 px-4 py-4">
        <Captions cards />
        <Tasks />
        <Trouble />
        <LatencyTable />
        <Follow />
      </div>
      <div className="sticky bottom-0 border-t border-line bg-ground">
        <div className="mx-auto flex max-w-2xl flex-col gap-3 px-4 pt-2 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
          <Waveform className="h-8 w-full" />
          <div className="flex items-center gap-3">
            <Dial className="w-20" />
            <div className="flex min-w-0 flex-1 justify-center">
              <Standing />
            </div>
            <Buttons />
          </div>
          <Composer />
        </div>
      </div>
    </main>
  )
}

function Buttons() {
  const over = useSession((state) => isOver(state.life))
  if (over) return null
  return (
    <div className="flex gap-2">
      <MuteButton />
      <HangUpButton />
    </div>
  )
}
