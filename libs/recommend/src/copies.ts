import type { Neighbour } from '@soundalike/vectors'

/**
 * The same sound always gives the same vector, up to rounding in the last places of 32-bit floats. Different parts of one
 * recording stay far outside of this.
 */
const rounding = 1e-6

/**
 * Leaves out of a list copies of its seed and of each other: the same sound found in two places. Two neighbours
 * count as copies when all their cosines with the seed agree.
 *
 * @param neighbours - nearest first
 */
export const withoutCopies = (neighbours: readonly Neighbour[]): Neighbour[] => {
  const kept: Neighbour[] = []
  for (const neighbour of neighbours) {
    if (neighbour.similarity >= 1 - rounding) continue
    if (!kept.some((other) => agree(other, neighbour))) kept.push(neighbour)
  }
  return kept
}

const agree = (a: Neighbour, b: Neighbour): boolean =>
  Math.abs(a.similarity - b.similarity) <= rounding &&
  Math.abs(a.axes.time - b.axes.time) <= rounding &&
  Math.abs(a.axes.frequency - b.axes.frequency) <= rounding
