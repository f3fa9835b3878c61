import { cosineOf, normOf } from './cosine.ts'
import type { Kernel } from './kernel.ts'
import type { Neighbour, VectorQuery } from './vector-store.ts'

/** 32 MiB at 256 numbers a row: large enough for the kernel, small beside what it is part of. */
const rowsPerSegment = 32_768

/** Rows asked for beyond the limit, since a kernel ranks in 32-bit floats and the last places may be swapped. */
const spareRows = 16

/**
 * The vectors of one space in memory, as unit vectors, searched exactly. It grows by segments, so no number is ever
 * copied to make room or held twice; pages of a segment not yet written to take no memory.
 */
export class VectorMatrix {
  readonly #size: number
  readonly #kernel: Kernel
  readonly #segments: Float32Array[] = []
  readonly #trackIds: string[] = []
  readonly #rowOf = new Map<string, number>()

  /** @param size - numbers in a vector, even */
  constructor(size: number, kernel: Kernel) {
    this.#size = size
    this.#kernel = kernel
  }

  /** Adds a track's vector or replaces it. */
  set(trackId: string, vector: Float32Array): void {
    const row = this.#rowOf.get(trackId) ?? this.#appendRow(trackId)
    const norm = normOf(vector, 0, this.#size)
    this.#row(row).set(vector.map((value) => value / norm))
  }

  /** Removes a track's vector; the last row moves into its place. */
  delete(trackId: string): void {
    const row = this.#rowOf.get(trackId)
    if (row === undefined) return
    const last = this.#trackIds.length - 1
    const lastTrackId = this.#trackIds[last] ?? trackId
    this.#row(row).set(this.#row(last))
    this.#trackIds[row] = lastTrackId
    this.#rowOf.set(lastTrackId, row)
    this.#rowOf.delete(trackId)
    this.#trackIds.length = last
    this.#segments.length = Math.ceil(last / rowsPerSegment)
  }

  /**
   * The tracks nearest to a query by cosine, nearest first. The kernel proposes rows of each segment; those are
   * measured again in 64-bit floats.
   */
  nearest({ vector, limit, exclude = [] }: VectorQuery): Neighbour[] {
    const excluded = new Set(exclude.filter((trackId) => this.#rowOf.has(trackId)))
    const found = this.#candidates(unitOf(vector), limit + excluded.size + spareRows)
      .filter(({ trackId }) => !excluded.has(trackId))
      .map(({ trackId, row }) => ({
        trackId,
        row,
        similarity: cosineOf(vector, row, 0, this.#size),
      }))
      .sort(nearestFirst)
      .slice(0, limit)
    const half = this.#size / 2
    return found.map(({ trackId, row, similarity }) => ({
      trackId,
      similarity,
      axes: {
        time: cosineOf(vector, row, 0, half),
        frequency: cosineOf(vector, row, half, this.#size),
      },
    }))
  }

  #candidates(query: Float32Array, count: number): { trackId: string; row: Float32Array }[] {
    return this.#segments.flatMap((segment, index) => {
      const first = index * rowsPerSegment
      const rows = Math.min(rowsPerSegment, this.#trackIds.length - first)
      const filled = segment.subarray(0, rows * this.#size)
      return this.#kernel(filled, query, Math.min(count, rows)).map((row) => ({
        trackId: this.#trackIds[first + row] ?? '',
        row: this.#row(first + row),
      }))
    })
  }

  #appendRow(trackId: string): number {
    const row = this.#trackIds.push(trackId) - 1
    this.#rowOf.set(trackId, row)
    if (row % rowsPerSegment === 0) {
      this.#segments.push(new Float32Array(rowsPerSegment * this.#size))
    }
    return row
  }

  #row(row: number): Float32Array {
    const start = (row % rowsPerSegment) * this.#size
    const segment = this.#segments[Math.floor(row / rowsPerSegment)]
    if (segment === undefined) throw new RangeError(`the matrix has no row ${row}`)
    return segment.subarray(start, start + this.#size)
  }
}

/** Of length one, in a buffer of its own. */
const unitOf = (vector: Float32Array): Float32Array => {
  const norm = normOf(vector, 0, vector.length)
  return vector.map((value) => value / norm)
}

const nearestFirst = (
  a: Pick<Neighbour, 'trackId' | 'similarity'>,
  b: Pick<Neighbour, 'trackId' | 'similarity'>,
): number => b.similarity - a.similarity || (a.trackId < b.trackId ? -1 : 1)
