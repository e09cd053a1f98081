// First requests to try.
import { session } from '../session.ts'
import { Button } from '../ui/Button.tsx'

/** Chips that send their text. */
export function Suggestions() {
  return (
    <ul aria-label="Things to ask" className="flex flex-wrap justify-center gap-2">
      {REQUESTS.map((request) => (
        <li key={request}>
          <Button size="small" className="h-auto min-h-9 py-1.5 text-left whitespace-normal" onClick={() => void session.type(request)}>
            {request}
          </Button>
        </li>
      ))}
    </ul>
  )
}

const REQUESTS = [
  'New York to London next Friday, back on Sunday',
  'The cheapest nonstop to Lisbon in March',
  'A four-star hotel in Rome for two nights',
  'How many bags can I take to Tokyo?',
] as const
