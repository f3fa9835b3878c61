import { gather } from '@soundalike/database'
import type { VectorPoint, VectorStore } from '@soundalike/vectors'

/** Writes one point into the space of a model; settles when the store has it. */
export type VectorWriter = (modelId: string, point: VectorPoint) => Promise<void>

/**
 * One request for what is written to a space at about the same time: points that come while a request is under way go
 * into the next. Each space has requests of its own, so that one that is slow or gone keeps no other waiting.
 *
 * A point that cannot be written keeps none of its neighbours from it.
 */
export const createVectorWriter = (vectors: Pick<VectorStore, 'upsert'>): VectorWriter => {
  const spaces = new Map<string, (point: VectorPoint) => Promise<void>>()

  const writerOf = (modelId: string) =>
    gather<VectorPoint, void>(async (points) => {
      await vectors.upsert(modelId, points)
      return points.map(() => undefined)
    })

  return (modelId, point) => {
    const write = spaces.get(modelId) ?? writerOf(modelId)
    spaces.set(modelId, write)
    return write(point)
  }
}
