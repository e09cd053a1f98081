// Day, night, or as the system says; remembered in this browser.
import { useEffect, useState } from 'react'

/** The choice of the caller. */
export type Theme = 'system' | 'light' | 'dark'

/** The current choice and the function that moves on to the next one. */
export function useTheme(): readonly [Theme, () => void] {
  const [theme, setTheme] = useState<Theme>(remembered)
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = theme
    remember(theme)
  }, [theme])
  return [theme, () => setTheme((now) => ORDER[(ORDER.indexOf(now) + 1) % ORDER.length] ?? 'system')]
}

function remembered(): Theme {
  try {
    const stored = localStorage.getItem(KEY)
    return ORDER.find((theme) => theme === stored) ?? 'system'
  } catch {
    return 'system'
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme)
  } catch {
    // Storage is forbidden; the choice lasts as long as the page.
  }
}

const KEY = 'voxfare-theme'
const ORDER: readonly Theme[] = ['system', 'light', 'dark']
