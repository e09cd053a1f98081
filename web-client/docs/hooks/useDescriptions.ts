// Fetches the two descriptions for machines.
import { useEffect, useState } from 'react'
import type { AsyncApi, OpenApi } from '../model.ts'

/** Both descriptions; why they could not be had; or nothing yet. */
export type Descriptions =
  | { readonly is: 'loading' }
  | { readonly is: 'failed'; readonly why: string }
  | { readonly is: 'there'; readonly http: OpenApi; readonly events: AsyncApi }

/** The descriptions of the server that this page comes from. */
export function useDescriptions(): Descriptions {
  const [descriptions, set] = useState<Descriptions>({ is: 'loading' })
  useEffect(() => {
    const abort = new AbortController()
    Promise.all([read<OpenApi>('/openapi.json', abort.signal), read<AsyncApi>('/asyncapi.json', abort.signal)])
      .then(([http, events]) => set({ is: 'there', http, events }))
      .catch((thrown: unknown) => {
        if (!abort.signal.aborted) set({ is: 'failed', why: thrown instanceof Error ? thrown.message : String(thrown) })
      })
    return () => abort.abort()
  }, [])
  return descriptions
}

async function read<T>(path: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(path, { signal })
  if (!response.ok) throw new Error(`${path} answered with status ${response.status}`)
  return (await response.json()) as T
}
