// Copies a text, and says so.
import { useCopy } from '../hooks/useCopy.ts'
import { Button } from '../ui/Button.tsx'
import { Icon } from './Icon.tsx'

interface CopyButtonProps {
  readonly text: string
  /** What is copied: `the address`. */
  readonly what: string
}

/** A small button; the word beside it is read out too. */
export function CopyButton({ text, what }: CopyButtonProps) {
  const [copied, copy] = useCopy(text)
  return (
    <span className="inline-flex items-center gap-1">
      <Button variant="quiet" size="icon" className="size-9" aria-label={`Copy ${what}`} title={`Copy ${what}`} onClick={copy}>
        <Icon name={copied === 'yes' ? 'done' : 'copy'} className={copied === 'yes' ? 'text-well' : ''} />
      </Button>
      <span role="status" className="text-xs text-soft">{WORDS[copied]}</span>
    </span>
  )
}

const WORDS = { no: '', yes: 'Copied', failed: 'Select and copy it by hand' } as const
