import { useCallback, useEffect, useState } from 'preact/hooks'
import { ApiError } from './api.ts'

export type Resource<Value> =
  | { state: 'loading'; value: Value | null }
  | { state: 'ready'; value: Value }
  | { state: 'failed'; value: Value | null; error: ApiError }

/**
 * Loads something again whenever `key` changes, and gives up the load before it.
 * While loading, the previous value stays at hand so that the page need not flicker.
 *
 * @returns the resource, and a function that loads it once more
 */
export const useResource = <Value>(
  key: string,
  load: (signal: AbortSignal) => Promise<Value>,
): [Resource<Value>, () => void] => {
  const [resource, setResource] = useState<Resource<Value>>({ state: 'loading', value: null })
  const [round, setRound] = useState(0)

  useEffect(() => {
    const controller = new AbortController()
    setResource(({ value }) => ({ state: 'loading', value }))
    load(controller.signal).then(
      (value) => {
        if (!controller.signal.aborted) setResource({ state: 'ready', value })
      },
      (error: unknown) => {
        if (controller.signal.aborted) return
        setResource(({ value }) => ({ state: 'failed', value, error: asApiError(error) }))
      },
    )
    return () => controller.abort()
  }, [key, round])

  return [resource, useCallback(() => setRound((count) => count + 1), [])]
}

const asApiError = (error: unknown): ApiError =>
  error instanceof ApiError
    ? error
    : new ApiError('unexpected', String(error), 'Reload the page and try again.')
