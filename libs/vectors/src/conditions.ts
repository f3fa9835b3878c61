import type { PayloadField, PayloadNames, VectorPayload, VectorQuery } from './vector-store.ts'

const fields: readonly PayloadField[] = ['source', 'artist', 'album']

/** A test for the tracks that a query lets in. */
export const admission = (
  query: VectorQuery,
): ((trackId: string, payload: VectorPayload) => boolean) => {
  const excluded = new Set(leftOut(query))
  const only = nameSets(query.only)
  const except = nameSets(query.except)
  return (trackId, payload) =>
    !excluded.has(trackId) &&
    only.every(([field, names]) => names.has(payload[field])) &&
    !except.some(([field, names]) => names.has(payload[field]))
}

/** Every track the query itself keeps out of the list. */
export const leftOut = (query: VectorQuery): string[] => [
  ...(query.exclude ?? []),
  ...('like' in query ? [...query.like, ...(query.unlike ?? [])] : []),
]

const nameSets = (names: PayloadNames = {}) =>
  fields.flatMap((field) => {
    const given = names[field]
    return given === undefined ? [] : [[field, new Set(given)] as const]
  })

/** Keeps the first tracks of a list with the same name in a field, as many as the query's cap says. */
export const withinCap = <Found extends { readonly payload: VectorPayload }>(
  found: readonly Found[],
  { cap }: VectorQuery,
): Found[] => {
  if (cap === undefined) return [...found]
  const taken = new Map<string, number>()
  return found.filter(({ payload }) => {
    const name = payload[cap.field]
    const before = taken.get(name) ?? 0
    if (name !== '') taken.set(name, before + 1)
    return before < cap.tracks
  })
}
