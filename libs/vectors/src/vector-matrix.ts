import { checkVector } from './checks.ts'
import { admission, leftOut, withinCap } from './conditions.ts'
import { cosineOf } from './cosine.ts'
import { directionOf, unitOf } from './direction.ts'
import type { Kernel } from './kernel.ts'
import { byRank, measure, partOf, rankingOf } from './neighbours.ts'
import type { Neighbour, VectorPayload, VectorQuery } from './vector-store.ts'

/** 32 MiB at 256 numbers a row: large enough for the kernel, small beside what it is part of. */
const rowsPerSegment = 32_768

/** Rows asked for beyond the limit, since a kernel ranks in 32-bit floats and the last places may be swapped. */
const spareRows = 16

/** How many times as many rows are asked for where conditions will strike some out. */
const rowsPerHit = 4

interface Found {
  readonly trackId: string
  readonly row: Float32Array
  readonly payload: VectorPayload
  /** The cosine that ranks. */
  readonly rank: number
}

/**
 * The vectors of one space in memory, as unit vectors, searched exactly. It grows by segments, so no number is ever
 * copied to make room or held twice; pages of a segment not yet written to take no memory.
 */
export class VectorMatrix {
  readonly #size: number
  readonly #kernel: Kernel
  readonly #segments: Float32Array[] = []
  readonly #trackIds: string[] = []
  readonly #payloads: VectorPayload[] = []
  readonly #rowOf = new Map<string, number>()

  /** @param size - numbers in a vector, even */
  constructor(size: number, kernel: Kernel) {
    this.#size = size
    this.#kernel = kernel
  }

  /** Adds a track's vector or replaces it. */
  set(trackId: string, vector: Float32Array, payload: VectorPayload): void {
    const row = this.#rowOf.get(trackId) ?? this.#appendRow(trackId)
    this.#row(row).set(unitOf(vector))
    this.#payloads[row] = payload
  }

  /** Removes a track's vector; the last row moves into its place. */
  delete(trackId: string): void {
    const row = this.#rowOf.get(trackId)
    if (row === undefined) return
    const last = this.#trackIds.length - 1
    const lastTrackId = this.#trackIds[last] ?? trackId
    this.#row(row).set(this.#row(last))
    this.#trackIds[row] = lastTrackId
    this.#payloads[row] = this.#payload(last)
    this.#rowOf.set(lastTrackId, row)
    this.#rowOf.delete(trackId)
    this.#trackIds.length = last
    this.#payloads.length = last
    this.#segments.length = Math.ceil(last / rowsPerSegment)
  }

  /**
   * The tracks nearest to a query by cosine, nearest first. The kernel proposes rows of each segment; those are
   * measured again in 64-bit floats. Where too few of them meet the query's conditions, all rows that do are measured.
   */
  nearest(query: VectorQuery): Neighbour[] {
    const direction = this.#direction(query)
    if (direction === null) return []
    const found = this.#amongNearest(direction, query) ?? this.#amongAll(direction, query)
    return found.slice(0, query.limit).map(({ trackId, row }) => measure(trackId, direction, row))
  }

  #direction(query: VectorQuery): Float32Array | null {
    if ('vector' in query) return query.vector
    const like = this.#unitsOf(query.like)
    if (like.length === 0) return null
    const direction = directionOf(like, this.#unitsOf(query.unlike ?? []))
    checkVector(direction, this.#size, 'the direction of the examples')
    return direction
  }

  #unitsOf(trackIds: readonly string[]): Float32Array[] {
    const rows = [...new Set(trackIds)].map((trackId) => this.#rowOf.get(trackId))
    return rows.filter((row) => row !== undefined).map((row) => this.#row(row))
  }

  /** What meets the conditions among the nearest rows; null where that may not be all there is to find. */
  #amongNearest(direction: Float32Array, query: VectorQuery): Found[] | null {
    const total = this.#trackIds.length
    const conditions = query.only ?? query.except ?? query.cap
    const wanted = query.limit * (conditions === undefined ? 1 : rowsPerHit) + leftOut(query).length
    if (wanted < total && rankingOf(query) !== 'whole') return null
    const nearest = this.#candidates(unitOf(direction), wanted + spareRows)
      .map((row) => this.#measured(row, direction, query))
      .sort(byRank)
      // Beyond these, rows that no segment proposed may be nearer.
      .slice(0, wanted)
    const found = withinCap(nearest.filter(this.#admits(query)), query)
    return found.length >= query.limit || wanted >= total ? found : null
  }

  #amongAll(direction: Float32Array, query: VectorQuery): Found[] {
    const admits = admission(query)
    const rows = this.#trackIds.flatMap((trackId, row) =>
      admits(trackId, this.#payload(row)) ? [row] : [],
    )
    return withinCap(rows.map((row) => this.#measured(row, direction, query)).sort(byRank), query)
  }

  #admits(query: VectorQuery): (found: Found) => boolean {
    const admits = admission(query)
    return ({ trackId, payload }) => admits(trackId, payload)
  }

  #measured(row: number, direction: Float32Array, query: VectorQuery): Found {
    const numbers = this.#row(row)
    const rank = cosineOf(direction, numbers, ...partOf(rankingOf(query), this.#size))
    return { trackId: this.#trackIds[row] ?? '', row: numbers, payload: this.#payload(row), rank }
  }

  /** Rows the kernel finds nearest, so many of each segment. */
  #candidates(unit: Float32Array, count: number): number[] {
    return this.#segments.flatMap((segment, index) => {
      const first = index * rowsPerSegment
      const rows = Math.min(rowsPerSegment, this.#trackIds.length - first)
      const filled = segment.subarray(0, rows * this.#size)
      return this.#kernel(filled, unit, Math.min(count, rows)).map((row) => first + row)
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

  #payload(row: number): VectorPayload {
    const payload = this.#payloads[row]
    if (payload === undefined) throw new RangeError(`the matrix has no row ${row}`)
    return payload
  }

  #row(row: number): Float32Array {
    const start = (row % rowsPerSegment) * this.#size
    const segment = this.#segments[Math.floor(row / rowsPerSegment)]
    if (segment === undefined) throw new RangeError(`the matrix has no row ${row}`)
    return segment.subarray(start, start + this.#size)
  }
}
