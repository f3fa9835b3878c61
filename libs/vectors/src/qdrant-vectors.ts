import { QdrantClient, type Schemas } from '@qdrant/js-client-rest'
import { Failure } from '@soundalike/contracts'
import { checkQuery, checkSize, checkSpaceName, checkVector, liveAlias } from './checks.ts'
import { directionOf, unitOf } from './direction.ts'
import { byRank, measure, partOf, rankingOf } from './neighbours.ts'
import { pointId } from './point-id.ts'
import {
  collectionOf,
  createdAtOf,
  indexedFields,
  sizeOf,
  type QdrantLayout,
} from './qdrant-collection.ts'
import { queryOf, storedField } from './qdrant-query.ts'
import {
  asking,
  defaultPatience,
  statusOf,
  type Ask,
  type QdrantPatience,
} from './qdrant-requests.ts'
import type { Neighbour, SpaceInfo, VectorPoint, VectorQuery, VectorStore } from './vector-store.ts'

/** Points in one request: about two megabytes of JSON at 256 numbers a vector. */
const batchSize = 200

const requestTimeoutMs = 30_000

export interface QdrantOptions extends QdrantLayout {
  /** What the server asks for, if it asks. */
  readonly apiKey?: string | undefined
  readonly patience?: QdrantPatience
  readonly timeoutMs?: number
}

/**
 * Vectors in a Qdrant server: a collection for each space, an alias for the live one.
 *
 * @param url - `http://host:port` or `https://host:port`; the port is 6333 where it names none
 * @throws Failure `unavailable` when the server does not answer or does not take the key
 */
export const openQdrantVectors = async (
  url: string,
  {
    apiKey,
    patience = defaultPatience,
    timeoutMs = requestTimeoutMs,
    ...layout
  }: QdrantOptions = {},
): Promise<VectorStore> => {
  // The client warns of a key without TLS, and of a version, on the console; a service writes only its log.
  const headers = apiKey === undefined ? {} : { 'api-key': apiKey }
  const client = new QdrantClient({ url, headers, timeout: timeoutMs, checkCompatibility: false })
  const ask = asking(patience)
  await ask('be reached', () => client.getAliases())
  const live = () => liveSpace(client, ask)

  return {
    async createSpace(space, size) {
      checkSpaceName(space)
      checkSize(size)
      await ask(`make space ${space}`, () =>
        createCollection(client, space, collectionOf(size, layout)),
      )
      const there = sizeOf(await ask('look at a space', () => client.getCollection(space)))
      if (there !== size) {
        const reason = `space ${space} holds vectors of ${String(there)} numbers, not ${size}`
        throw new Failure('bad-vector', reason)
      }
      for (const field_name of indexedFields) {
        const index = { field_name, field_schema: 'keyword', wait: true } as const
        await ask('index a space', () => client.createPayloadIndex(space, index))
      }
    },

    async upsert(space, points) {
      checkSpaceName(space)
      const distinct = [...new Map(points.map((point) => [point.trackId, point])).values()]
      for (const { trackId, vector } of distinct) {
        checkVector(vector, distinct[0]?.vector.length ?? 0, `the vector of ${trackId}`)
      }
      for (let start = 0; start < distinct.length; start += batchSize) {
        const batch = distinct.slice(start, start + batchSize).map(pointOf)
        await ask('write vectors', () => client.upsert(space, { points: batch, wait: true }))
      }
    },

    async get(space, trackId) {
      return (await vectorsOf(client, ask, space, [trackId])).get(trackId) ?? null
    },

    async search(space, query) {
      checkQuery(query)
      if ('vector' in query) {
        checkVector(query.vector, query.vector.length, 'the vector searched for')
        return find(client, ask, space, query, query.vector)
      }
      const known = await vectorsOf(client, ask, space, [...query.like, ...(query.unlike ?? [])])
      const like = query.like.filter((trackId) => known.has(trackId))
      const unlike = query.unlike?.filter((trackId) => known.has(trackId)) ?? []
      if (like.length === 0) return []
      const vectors = (trackIds: readonly string[]) =>
        trackIds.flatMap((trackId) => known.get(trackId) ?? [])
      const direction = directionOf(vectors(like), vectors(unlike))
      checkVector(direction, direction.length, 'the direction of the examples')
      return find(client, ask, space, { ...query, like, unlike }, direction)
    },

    async count(space) {
      return (await ask('count', () => client.count(space, { exact: true }))).count
    },

    async delete(space, trackIds) {
      checkSpaceName(space)
      const points = trackIds.map(pointId)
      await ask('delete vectors', () => client.delete(space, { points, wait: true }))
    },

    async setLive(space) {
      checkSpaceName(space)
      await ask('look at a space', () => client.getCollection(space))
      // One request, so that there is no moment without a live space.
      const actions = [
        { delete_alias: { alias_name: liveAlias } },
        { create_alias: { alias_name: liveAlias, collection_name: space } },
      ]
      await ask('move the alias', () => client.updateCollectionAliases({ actions }))
    },

    live,

    async spaces() {
      const { collections } = await ask('list spaces', () => client.getCollections())
      const names = collections.map(({ name }) => name)
      const [alive, ...infos] = await Promise.all([
        live(),
        ...names.map((name) => describeSpace(client, ask, name)),
      ])
      return infos
        .filter((info) => info !== null)
        .sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1))
        .map(({ space, size, count }) => ({ space, size, count, live: space === alive }))
    },

    async dropSpace(space) {
      checkSpaceName(space)
      if ((await live()) === space) {
        throw new RangeError(`space ${space} is live and cannot be dropped`)
      }
      await ask(`drop space ${space}`, () => client.deleteCollection(space))
    },

    close: () => Promise.resolve(),
  }
}

const createCollection = async (
  client: QdrantClient,
  space: string,
  collection: ReturnType<typeof collectionOf>,
): Promise<void> => {
  if ((await client.collectionExists(space)).exists) return
  try {
    await client.createCollection(space, collection)
  } catch (error) {
    // Another process was quicker.
    if (statusOf(error) !== 409) throw error
  }
}

const pointOf = ({ trackId, vector, payload }: VectorPoint): Schemas['PointStruct'] => {
  // Qdrant makes them of length one too, in 32-bit floats, which the squares of some vectors overflow.
  const unit = unitOf(vector)
  const part = (name: 'whole' | 'time' | 'frequency') =>
    Array.from(unit.subarray(...partOf(name, unit.length)))
  const fields = indexedFields.map(
    (field) => [field, storedField(trackId, field, payload[field])] as const,
  )
  return {
    id: pointId(trackId),
    vector: { whole: part('whole'), time: part('time'), frequency: part('frequency') },
    payload: { track: trackId, ...Object.fromEntries<string>(fields) },
  }
}

const vectorsOf = async (
  client: QdrantClient,
  ask: Ask,
  space: string,
  trackIds: readonly string[],
): Promise<Map<string, Float32Array>> => {
  const ids = trackIds.map(pointId)
  const records = await ask('read vectors', () =>
    client.retrieve(space, { ids, with_payload: ['track'], with_vector: ['whole'] }),
  )
  return new Map(records.map((record) => [trackOf(record), wholeOf(record)]))
}

const find = async (
  client: QdrantClient,
  ask: Ask,
  space: string,
  query: VectorQuery,
  direction: Float32Array,
): Promise<Neighbour[]> => {
  const request = queryOf(query, direction)
  const rankBy = rankingOf(query)
  return (await ask('search', () => hitsOf(client, space, query, request)))
    .map((hit) => measure(trackOf(hit), direction, wholeOf(hit)))
    .map((found) => ({
      ...found,
      rank: rankBy === 'whole' ? found.similarity : found.axes[rankBy],
    }))
    .sort(byRank)
    .slice(0, query.limit)
    .map(({ trackId, similarity, axes }) => ({ trackId, similarity, axes }))
}

type Hit = Pick<Schemas['ScoredPoint'], 'payload' | 'vector'>

const hitsOf = async (
  client: QdrantClient,
  space: string,
  { limit, cap }: VectorQuery,
  request: ReturnType<typeof queryOf>,
): Promise<Hit[]> => {
  if (cap === undefined) return (await client.query(space, { ...request, limit })).points
  // Each group holds at least one of the list, so that as many groups as the limit are enough.
  const groups = { group_by: cap.field, group_size: cap.tracks, limit }
  const answer = await client.queryGroups(space, { ...request, ...groups })
  return answer.groups.flatMap(({ hits }) => hits)
}

const trackOf = ({ payload }: Hit): string => String(payload?.['track'])

const wholeOf = ({ vector }: Hit): Float32Array => {
  const { whole } = Object(vector) as { whole?: number[] }
  return Float32Array.from(whole ?? [])
}

const liveSpace = async (client: QdrantClient, ask: Ask): Promise<string | null> => {
  const { aliases } = await ask('list aliases', () => client.getAliases())
  return aliases.find(({ alias_name }) => alias_name === liveAlias)?.collection_name ?? null
}

const describeSpace = async (
  client: QdrantClient,
  ask: Ask,
  space: string,
): Promise<(Omit<SpaceInfo, 'live'> & { createdAt: string }) | null> => {
  const info = await ask('look at a space', () => client.getCollection(space))
  const size = sizeOf(info)
  if (size === null) return null
  const { count } = await ask('count', () => client.count(space, { exact: true }))
  return { space, size, count, createdAt: createdAtOf(info) }
}
