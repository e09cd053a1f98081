// The empty state: one sentence, the dial, some things to ask.
import { useSession } from '../../sdk/react/useSession.ts'
import { Composer } from './Composer.tsx'
import { HangUpButton } from './Controls.tsx'
import { Dial } from './Dial.tsx'
import { Standing } from './Standing.tsx'
import { Suggestions } from './Suggestions.tsx'
import { Trouble } from './Trouble.tsx'

/** Shown until there is something said. */
export function Welcome() {
  const phase = useSession((state) => state.life.phase)
  const failed = phase === 'failed'
  const waiting = phase === 'requesting-microphone' || phase === 'connecting'
  return (
    <main className="mx-auto flex w-full max-w-2xl flex-1 flex-col items-center justify-center gap-6 px-4 pt-2 pb-8 text-center">
      <div>
        <h1 className="text-3xl leading-tight font-bold text-balance sm:text-4xl">Say where you want to go</h1>
        {failed ? null : (
          <p className="mx-auto mt-3 max-w-lg leading-relaxed text-balance text-soft">
            Press the dial and talk: Voxfare finds flights and hotels, reads the price back, and books only after you say yes.
          </p>
        )}
      </div>
      <div className="w-full max-w-lg empty:hidden">
        <Trouble />
      </div>
      <div className="flex flex-col items-center gap-3">
        <Dial className={failed ? 'w-40' : 'w-[min(17rem,60vw,34dvh)] min-w-40'} />
        <Standing />
        {waiting ? <HangUpButton /> : null}
      </div>
      <Suggestions />
      <div className="w-full max-w-lg">
        <Composer />
        <p className="mt-3 hidden text-sm text-faint sm:block">
          <Key>Space</Key> talk <Key>M</Key> mute <Key>Esc</Key> hang up
        </p>
      </div>
    </main>
  )
}

function Key({ children }: { readonly children: string }) {
  return <kbd className="ml-3 rounded-md border border-line px-1.5 py-0.5 font-mono text-xs text-soft">{children}</kbd>
}
