// Goes round between the system's look, day and night.
import { type Theme, useTheme } from '../hooks/useTheme.ts'
import { Button } from '../ui/Button.tsx'
import { Icon, type IconName } from './Icon.tsx'

/** One button for three looks. */
export function ThemeToggle() {
  const [theme, next] = useTheme()
  const { label, icon } = LOOKS[theme]
  return (
    <Button variant="quiet" size="icon" aria-label={`Appearance: ${label}. Change it.`} title={`Appearance: ${label}`} onClick={next}>
      <Icon name={icon} />
    </Button>
  )
}

const LOOKS: Readonly<Record<Theme, { readonly label: string; readonly icon: IconName }>> = {
  system: { label: 'as the system', icon: 'system' },
  light: { label: 'day', icon: 'day' },
  dark: { label: 'night', icon: 'night' },
}
