// Puts a text on the clipboard and says for a moment that it is there.
import { useEffect, useState } from 'react'

/** How copying went; it is forgotten after a while. */
export type Copied = 'no' | 'yes' | 'failed'

/** How the last copying went, and the function that copies. */
export function useCopy(text: string): readonly [Copied, () => void] {
  const [copied, setCopied] = useState<Copied>('no')
  useEffect(() => {
    if (copied === 'no') return undefined
    const timer = setTimeout(() => setCopied('no'), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [copied])
  return [copied, () => void write(text).then(setCopied)]
}

/** Insecure pages have no clipboard. */
async function write(text: string): Promise<Copied> {
  try {
    await navigator.clipboard.writeText(text)
    return 'yes'
  } catch {
    return 'failed'
  }
}

const SHOWN_MS = 2_500
