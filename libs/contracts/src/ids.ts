import { createHash } from 'node:crypto'
import { sourceKinds, type SourceKind } from './stages.ts'

const hash = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length)

/**
 * Names one instance of a source, e.g. `folder-1f0c9a2b`.
 *
 * @param kind - which adapter reads it
 * @param location - what tells two instances of a kind apart: a folder's real path, a host, an account
 */
export const sourceId = (kind: SourceKind, location: string): string =>
  `${kind}-${hash(location, 8)}`

/**
 * Kind of source an id belongs to.
 *
 * @throws RangeError when the id was not made by {@link sourceId}
 */
export const sourceKindOf = (source: string): SourceKind => {
  const kind = sourceKinds.find((candidate) => source.startsWith(`${candidate}-`))
  if (kind === undefined) throw new RangeError(`not a source id: ${JSON.stringify(source)}`)
  return kind
}

/**
 * Track id: the same track of the same source always gets the same one, so an upsert never doubles it.
 * Safe in URLs, file names and BullMQ job ids (`t` and 24 hexadecimal digits).
 */
export const trackId = (source: string, sourceTrackId: string): string =>
  `t${hash(`${source}\n${sourceTrackId}`, 24)}`

/** Whether a string has the form of {@link trackId}. */
export const isTrackId = (text: string): boolean => /^t[0-9a-f]{24}$/.test(text)

/**
 * Hash of every parameter that shapes an output. Two outputs with the same fingerprint are interchangeable.
 *
 * @param parameters - JSON values only; key order does not matter
 * @returns 12 hexadecimal digits
 */
export const fingerprintOf = (parameters: Readonly<Record<string, unknown>>): string =>
  hash(JSON.stringify(sortKeys(parameters)), 12)

const sortKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sortKeys(inner)]),
  )
}
