// Writing as an alternative to speaking.
import { type FormEvent, useState } from 'react'
import { useSession } from '../../sdk/react/useSession.ts'
import { session } from '../session.ts'
import { Button } from '../ui/Button.tsx'
import { Input } from '../ui/Input.tsx'
import { Icon } from './Icon.tsx'

/** A line of text and its send button; begins a typed call when there is none. */
export function Composer() {
  const [text, setText] = useState('')
  const reconnecting = useSession((state) => state.life.phase === 'reconnecting')
  const send = (event: FormEvent) => {
    event.preventDefault()
    if (text.trim() === '') return
    void session.type(text)
    setText('')
  }
  return (
    <form onSubmit={send} className="flex w-full items-center gap-2">
      <Input
        value={text}
        onChange={(event) => setText(event.target.value)}
        aria-label="Type instead of talking"
        placeholder={reconnecting ? 'Sent once reconnected' : 'Or type here'}
        maxLength={1000}
        autoComplete="off"
        enterKeyHint="send"
      />
      <Button type="submit" size="icon" aria-label="Send">
        <Icon name="send" />
      </Button>
    </form>
  )
}
