// A text that one agrees to, closed until it is wanted.
import type { ReactNode } from 'react'
import type { TermsPage } from '../../sdk/wallet/words.ts'

interface TermsTextProps {
  readonly page: TermsPage
  /** Under the words. */
  readonly children?: ReactNode
}

/** The title, and all the words under it when it is opened. */
export function TermsText({ page: { text, version, language, title, words }, children }: TermsTextProps) {
  return (
    <details data-terms={text} className="group rounded-xl border border-line bg-ground">
      <summary className="flex min-h-11 cursor-pointer list-none items-center justify-between gap-3 rounded-xl px-3 py-2 text-sm font-bold group-open:rounded-b-none hover:bg-raised [&::-webkit-details-marker]:hidden">
        {title}
        <svg viewBox="0 0 16 16" aria-hidden="true" className="size-4 shrink-0 text-soft transition-transform group-open:rotate-180 motion-reduce:transition-none">
          <path d="m3 6 5 5 5-5" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" />
        </svg>
      </summary>
      <div lang={language} className="flex flex-col gap-2 border-t border-line px-3 py-3 text-sm leading-relaxed text-ink">
        {words.split('\n\n').map((paragraph) => (
          <p key={paragraph}>{paragraph}</p>
        ))}
        <p className="text-xs text-faint">Version {version}</p>
        {children}
      </div>
    </details>
  )
}
