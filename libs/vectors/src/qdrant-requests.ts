import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '@soundalike/contracts'

/** How often a request is tried, and the pauses between, which double. */
export interface QdrantPatience {
  readonly retries: number
  readonly firstPauseMs: number
}

export const defaultPatience: QdrantPatience = { retries: 4, firstPauseMs: 250 }

/** A server that asks for more is left to whoever retries the work. */
const longestPauseMs = 10_000

/** Makes a request, again and again while the server is overloaded or away. */
export type Ask = <Result>(what: string, request: () => Promise<Result>) => Promise<Result>

/**
 * Requests to a Qdrant server, all of which may be repeated.
 *
 * @throws Failure `unknown-space`, `bad-vector`, or `unavailable` once the retries are used up
 */
export const asking =
  ({ retries, firstPauseMs }: QdrantPatience): Ask =>
  async (what, request) => {
    for (let tries = 0; ; tries += 1) {
      try {
        return await request()
      } catch (error) {
        const ownPauseMs = firstPauseMs * 2 ** tries * (0.5 + Math.random())
        const pauseMs = Math.max(ownPauseMs, retryAfterMsOf(error) ?? 0)
        const isWorthIt = isTransient(error) && tries < retries && pauseMs <= longestPauseMs
        if (!isWorthIt) throw failureOf(what, error)
        await sleep(pauseMs)
      }
    }
  }

/** The HTTP status of an answer; null where there was none. */
export const statusOf = (error: unknown): number | null => {
  const { status, name } = Object(error) as Record<string, unknown>
  if (name === 'QdrantClientResourceExhaustedError') return 429
  return typeof status === 'number' ? status : null
}

const isTransient = (error: unknown): boolean => {
  const status = statusOf(error)
  return status === null || status === 429 || status >= 500
}

/** How long the server asks to be left alone. */
const retryAfterMsOf = (error: unknown): number | undefined => {
  const { retry_after: limited, headers } = Object(error) as Record<string, unknown>
  const seconds =
    limited ?? (headers instanceof Headers ? headers.get('retry-after') : null) ?? undefined
  return seconds === undefined || Number.isNaN(Number(seconds)) ? undefined : Number(seconds) * 1000
}

const failureOf = (what: string, error: unknown): Failure => {
  const status = statusOf(error)
  const said = saidBy(error)
  const reason = `vector store cannot ${what}: ${said}`
  const options = { cause: error, retryAfterMs: retryAfterMsOf(error) }
  if (status === 404 && said.includes('Collection')) {
    return new Failure('unknown-space', `there is no such space: ${said}`, options)
  }
  if (status === 400 && said.includes('dimension')) return new Failure('bad-vector', said, options)
  if (status === 400 || status === 422) return new Failure('internal', reason, options)
  return new Failure('unavailable', reason, options)
}

/** What a server said in its answer, or what went wrong on the way to it. */
const saidBy = (error: unknown): string => {
  const { data, message, cause, statusText } = Object(error) as Record<string, unknown>
  const { status } = Object(data) as Record<string, unknown>
  const { error: answered } = Object(status) as Record<string, unknown>
  const { message: below } = Object(cause) as Record<string, unknown>
  const words = [answered, below, message, statusText].filter((word) => typeof word === 'string')
  return words.find((word) => word !== '') ?? `status ${String(statusOf(error))}`
}
