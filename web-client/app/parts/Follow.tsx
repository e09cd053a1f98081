// Keeps the end of the talk in view, unless the caller scrolled away to read.
import { useEffect, useRef } from 'react'
import { useSession } from '../../sdk/react/useSession.ts'

/** Stands last in the column that it keeps scrolled to its end. */
export function Follow() {
  useSession((state) => state)
  const end = useRef<HTMLDivElement>(null)
  const following = useRef(true)
  useEffect(() => {
    const element = end.current
    if (element === null) return undefined
    const watch = new IntersectionObserver(([seen]) => {
      following.current = seen?.isIntersecting ?? true
    }, { rootMargin: '160px' })
    watch.observe(element)
    return () => watch.disconnect()
  }, [])
  // No list of dependencies: it draws again only when something happened in the call.
  useEffect(() => {
    if (following.current) end.current?.scrollIntoView({ block: 'end' })
  })
  return <div ref={end} className="-mt-5 h-px shrink-0 scroll-mb-56 lg:scroll-mb-0" />
}
