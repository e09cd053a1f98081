// The mark: a voice below the horizon, an arc of flight above it.

/** The mark and the name. */
export function Logo() {
  return (
    <span className="flex items-center gap-2.5">
      <svg viewBox="0 0 32 32" className="size-8" fill="none" strokeLinecap="round" aria-hidden="true">
        <path d="M6 19a10 10 0 0 1 20 0" className="stroke-lamp" strokeWidth="2.4" />
        <path d="M3.5 19h25" className="stroke-ink" strokeWidth="1.6" />
        <path d="M11 23.5v1M16 22.5v4M21 23.5v1" className="stroke-caller" strokeWidth="2.2" />
      </svg>
      <span className="text-lg font-bold">Voxfare</span>
    </span>
  )
}
