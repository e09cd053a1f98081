// One of a few, side by side.
import { useId } from 'react'
import { classes } from '../../app/ui/classes.ts'

interface ChoiceProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly options: readonly (readonly [T, string])[]
  readonly disabled?: boolean
  readonly onChange: (value: T) => void
}

/** Radio buttons that look like one. */
export function Choice<T extends string>({ label, value, options, disabled = false, onChange }: ChoiceProps<T>) {
  const name = useId()
  return (
    <fieldset disabled={disabled} className="flex min-w-0 rounded-lg border border-edge p-0.5">
      <legend className="sr-only">{label}</legend>
      {options.map(([each, words]) => (
        <label
          key={each}
          className={classes(
            'flex-1 cursor-pointer rounded-md px-3 py-1 text-center text-sm whitespace-nowrap has-focus-visible:outline-2 has-focus-visible:outline-lamp',
            each === value ? 'bg-lamp text-lamp-ink' : 'text-ink',
          )}
        >
          <input type="radio" name={name} className="sr-only" checked={each === value} onChange={() => onChange(each)} />
          {words}
        </label>
      ))}
    </fieldset>
  )
}
