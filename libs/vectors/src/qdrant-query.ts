import type { Schemas } from '@qdrant/js-client-rest'
import { leftOut } from './conditions.ts'
import { unitOf } from './direction.ts'
import { partOf, rankingOf } from './neighbours.ts'
import { pointId } from './point-id.ts'
import type { PayloadField, PayloadNames, VectorQuery } from './vector-store.ts'

/**
 * Candidates the graph keeps in view. Of the ten nearest among 60,000 random directions of 64 numbers, which are as hard as
 * they come, Qdrant's engine finds 76 % with its own setting of 100, 82 % with 128, 95 % with 256 and 99.5 % with this.
 */
const breadth = 512

/**
 * The part of a request that says what to look for, the same for searches with and without groups. Candidates are found
 * by the quantised vectors and measured again by the whole ones.
 *
 * @param direction - what a query's vector or examples point to
 */
export const queryOf = (query: VectorQuery, direction: Float32Array) => {
  const using = rankingOf(query)
  return {
    query: 'vector' in query ? nearest(direction, using) : recommended(query),
    using,
    filter: filterOf(query),
    params: { hnsw_ef: breadth, quantization: { rescore: true, oversampling: 3 } },
    with_payload: ['track'],
    with_vector: ['whole'],
  }
}

const nearest = (direction: Float32Array, using: 'whole' | 'time' | 'frequency') => ({
  nearest: Array.from(unitOf(direction).subarray(...partOf(using, direction.length))),
})

const recommended = ({
  like,
  unlike = [],
}: {
  like: readonly string[]
  unlike?: readonly string[]
}) => ({
  recommend: {
    positive: like.map(pointId),
    negative: unlike.map(pointId),
    strategy: 'average_vector' as const,
  },
})

const filterOf = (query: VectorQuery): Schemas['Filter'] => {
  const excluded = leftOut(query).map(pointId)
  return {
    must: conditionsOf(query.only),
    must_not: [
      ...conditionsOf(query.except),
      ...(excluded.length === 0 ? [] : [{ has_id: excluded }]),
    ],
  }
}

const conditionsOf = (names: PayloadNames = {}): Schemas['FieldCondition'][] =>
  Object.entries(names).map(([key, any]) => ({ key, match: { any: [...any] } }))

/**
 * A field as Qdrant keeps it. Points of one value are grouped, and a track of an unknown artist must be in a group of its
 * own; so an empty field is kept as a value that no other track has and that no filter names.
 */
export const storedField = (trackId: string, field: PayloadField, value: string): string =>
  value === '' ? `(no ${field} of ${trackId})` : value
