// A line to fill in, with its name above.
import { useId } from 'react'
import { Input } from '../../app/ui/Input.tsx'

interface FieldProps {
  readonly label: string
  readonly value: string
  readonly placeholder?: string
  readonly secret?: boolean
  readonly disabled?: boolean
  readonly onChange: (value: string) => void
}

/** A line to fill in, with its name above. */
export function Field({ label, value, placeholder, secret = false, disabled = false, onChange }: FieldProps) {
  const id = useId()
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-sm text-soft">
        {label}
      </label>
      <Input
        id={id}
        type={secret ? 'password' : 'text'}
        autoComplete="off"
        spellCheck={false}
        className="h-9 rounded-lg px-3 text-sm"
        {...(placeholder === undefined ? {} : { placeholder })}
        value={value}
        disabled={disabled}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  )
}
