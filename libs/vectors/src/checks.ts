import { Failure } from '@soundalike/contracts'
import { normOf } from './cosine.ts'
import type { VectorQuery } from './vector-store.ts'

/** Stands for the space that answers searches. */
export const liveAlias = 'live'

const spaceName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/
const largestSize = 4_096
const largestLimit = 1_000
const mostExcluded = 10_000
const mostExamples = 100

/** @throws RangeError unless it is the name of a space; the alias is none */
export const checkSpaceName = (space: string): void => {
  if (!spaceName.test(space) || space === liveAlias) {
    throw new RangeError(`not the name of a space: ${JSON.stringify(space.slice(0, 150))}`)
  }
}

/** @throws RangeError unless vectors of a space may have this many numbers */
export const checkSize = (size: number): void => {
  if (!Number.isInteger(size) || size < 2 || size > largestSize || size % 2 === 1) {
    throw new RangeError(`vector size must be even, 2 to ${largestSize}, not ${size}`)
  }
}

/**
 * @param whose - what the vector belongs to, for the reason
 * @throws Failure `bad-vector` unless it has a direction and the size given
 */
export const checkVector = (vector: Float32Array, size: number, whose: string): void => {
  if (vector.length !== size) {
    throw new Failure('bad-vector', `${whose} has ${vector.length} numbers, not ${size}`)
  }
  const norm = normOf(vector, 0, size)
  if (!Number.isFinite(norm)) {
    throw new Failure('bad-vector', `${whose} holds something that is not a finite number`)
  }
  if (norm === 0) throw new Failure('bad-vector', `${whose} is all zeros`)
}

/** @throws RangeError unless everything about the query but its vector is within bounds */
export const checkQuery = (query: VectorQuery): void => {
  const { limit, exclude = [], only = {}, except = {}, cap } = query
  checkCount('limit', limit)
  if (cap !== undefined) checkCount('cap', cap.tracks)
  if (exclude.length > mostExcluded) {
    throw new RangeError(`at most ${mostExcluded} tracks can be excluded, not ${exclude.length}`)
  }
  for (const names of [...Object.values(only), ...Object.values(except)]) {
    checkCount('the number of names in a field', names.length)
    if (names.includes('')) throw new RangeError('no name in a field may be empty')
  }
  if ('vector' in query) return
  for (const examples of [query.like, query.unlike ?? []]) {
    if (examples.length > mostExamples) {
      throw new RangeError(`at most ${mostExamples} examples can be given, not ${examples.length}`)
    }
  }
}

const checkCount = (what: string, count: number): void => {
  if (!Number.isInteger(count) || count < 1 || count > largestLimit) {
    throw new RangeError(`${what} must be a whole number from 1 to ${largestLimit}, not ${count}`)
  }
}
