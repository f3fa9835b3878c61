import { Mutex } from 'async-mutex'
import { inIndexOrder } from '@soundalike/database'
import { sql, type Kysely, type Transaction } from 'kysely'
import type { Kernel } from './kernel.ts'
import type { VectorSchema } from './schema.ts'
import { readVector, vectorText } from './vector-bytes.ts'
import { VectorMatrix } from './vector-matrix.ts'
import type { Neighbour, VectorPayload, VectorQuery } from './vector-store.ts'

const pageSize = 2_000

/** One space of the database, held in memory and brought up to date by reading the rows written since. */
export class FollowedSpace {
  readonly #db: Kysely<VectorSchema>
  readonly #id: number
  readonly #matrix: VectorMatrix
  readonly #reading = new Mutex()
  /** Every write up to this version is in the matrix. */
  #seen = -1n
  /** Last row read, in the order of (version, track). */
  #position = { version: '0', trackId: '' }

  constructor(db: Kysely<VectorSchema>, id: number, size: number, kernel: Kernel) {
    this.#db = db
    this.#id = id
    this.#matrix = new VectorMatrix(size, kernel)
  }

  /** Brings the matrix at least to a version that has been committed. */
  async catchUp(version: bigint): Promise<void> {
    if (this.#seen >= version) return
    await this.#reading.runExclusive(async () => {
      if (this.#seen >= version) return
      while ((await this.#readPage()) === pageSize);
      this.#seen = version
    })
  }

  nearest(query: VectorQuery): Neighbour[] {
    return this.#matrix.nearest(query)
  }

  /** @returns how many rows there were */
  async #readPage(): Promise<number> {
    const rows = await inIndexOrder(this.#db, (transaction) => this.#selectPage(transaction))
    for (const row of rows) {
      if (row.vector === null) this.#matrix.delete(row.track_id)
      else this.#matrix.set(row.track_id, readVector(row.vector), payloadOf(row))
    }
    const last = rows.at(-1)
    if (last !== undefined) this.#position = { version: last.version, trackId: last.track_id }
    return rows.length
  }

  #selectPage(transaction: Transaction<VectorSchema>) {
    const { version, trackId } = this.#position
    return transaction
      .selectFrom('vectors')
      .select(['track_id', 'source', 'artist', 'album'])
      .select([sql<string>`version::text`.as('version'), vectorText.as('vector')])
      .where('space_id', '=', this.#id)
      .where(sql<boolean>`(version, track_id) > (${version}::bigint, ${trackId}::text)`)
      .orderBy('vectors.version')
      .orderBy('track_id')
      .limit(pageSize)
      .execute()
  }
}

const payloadOf = ({ source, artist, album }: VectorPayload): VectorPayload => ({
  source,
  artist,
  album,
})
