// A description: words, with names between backquotes set as code.

/** Words, with names between backquotes set as code. */
export function Prose({ text, className = '' }: { readonly text: string; readonly className?: string }) {
  const pieces = text.split('`')
  return (
    <p className={`max-w-prose leading-relaxed ${className}`}>
      {pieces.map((piece, at) => {
        const key = `${at} ${piece}`
        return at % 2 === 1 ? <code key={key} className="rounded bg-raised px-1 py-0.5 font-mono text-[0.875em] break-words text-ink">{piece}</code> : <span key={key}>{piece}</span>
      })}
    </p>
  )
}
