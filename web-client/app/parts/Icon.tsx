// The page's own icons: 24 by 24, drawn with the current colour. Always beside words or inside a labelled button.

const PATHS = {
  microphone: 'M12 3.5a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0v-5a3 3 0 0 0-3-3ZM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5v3',
  muted: 'M9 9.5v2a3 3 0 0 0 4.6 2.5M15 11V6.5a3 3 0 0 0-5.6-1.5M5.5 11a6.5 6.5 0 0 0 10.4 5.2M18.5 11a6.4 6.4 0 0 1-.7 2.9M12 17.5v3M4 4l16 16',
  hangup: 'M3.6 14.6c4.8-4.6 12-4.6 16.8 0 .5.5.5 1.200 0 1.700l-1.500 1.400c-.5.5-1.200.5-1.700.100l-2-1.600a1.200 1.200 0 0 1-.4-1.200l.3-1.500a11 11 0 0 0-6.200 0l.3 1.500c.1.4 0 .9-.4 1.200l-2 1.600c-.5.4-1.200.4-1.700-.100l-1.500-1.400c-.5-.5-.5-1.200 0-1.700Z',
  send: 'M4.500 12h14M12.500 5.500l6.500 6.500-6.500 6.500',
  stop: 'M7.500 7.500h9v9h-9z',
  day: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 3v1.500M12 19.500V21M3 12h1.500M19.500 12H21M5.600 5.600l1.100 1.100M17.300 17.300l1.100 1.100M5.600 18.400l1.100-1.100M17.300 6.700l1.100-1.100',
  night: 'M19.500 14.500A8 8 0 0 1 9.500 4.500a8 8 0 1 0 10 10Z',
  system: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM12 4v16',
  done: 'M5.500 12.500l4.500 4.500 8.500-9.500',
  failed: 'M7 7l10 10M17 7L7 17',
  sound: 'M5 9.500v5h3l4 3.500v-12l-4 3.500H5ZM15.500 9a4.500 4.500 0 0 1 0 6M18 6.500a8 8 0 0 1 0 11',
  wallet: 'M18.500 8V6.500A1.500 1.500 0 0 0 17 5H5.500A1.500 1.500 0 0 0 4 6.500v11A1.500 1.500 0 0 0 5.500 19h13a1.500 1.500 0 0 0 1.500-1.500v-8A1.500 1.500 0 0 0 18.500 8H5.500A1.500 1.500 0 0 1 4 6.500M20 11.500h-3.750a1.900 1.900 0 0 0 0 3.800H20',
  copy: 'M9.500 9.500h9.500v9.500h-9.500zM14.500 9.500v-4.500h-9.500v9.500h4.500',
} as const

/** The name of an icon. */
export type IconName = keyof typeof PATHS

/** One icon, hidden from screen readers. */
export function Icon({ name, className }: { readonly name: IconName; readonly className?: string }) {
  return (
    <svg viewBox="0 0 24 24" className={className} fill="none" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
