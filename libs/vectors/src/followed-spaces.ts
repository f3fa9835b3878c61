import type { Database } from '@soundalike/database'
import type { Kysely } from 'kysely'
import { FollowedSpace } from './followed-space.ts'
import type { Kernel } from './kernel.ts'
import type { VectorSchema } from './schema.ts'
import { channel } from './write-rows.ts'

/** The live one and the one before it or after it; each may take hundreds of megabytes. */
const mostHeld = 2

/**
 * The spaces this process searches. Each is read into memory when it is first asked for and from then on as writes are
 * announced, so that a search seldom has rows to wait for. Announcements may be lost: a search
 * compares versions anyway.
 */
export class FollowedSpaces {
  readonly #database: Database
  readonly #db: Kysely<VectorSchema>
  readonly #kernel: Kernel
  /** By id, the one used last at the end. */
  readonly #held = new Map<number, FollowedSpace>()
  #listening: Promise<() => Promise<void>> | null = null

  constructor(database: Database, db: Kysely<VectorSchema>, kernel: Kernel) {
    this.#database = database
    this.#db = db
    this.#kernel = kernel
  }

  /** A space as of a committed version, or later. */
  async at(id: number, size: number, version: bigint): Promise<FollowedSpace> {
    await this.#listen()
    const space = this.#held.get(id) ?? new FollowedSpace(this.#db, id, size, this.#kernel)
    this.#held.delete(id)
    this.#held.set(id, space)
    const [oldest] = this.#held.keys()
    if (this.#held.size > mostHeld && oldest !== undefined) this.#held.delete(oldest)
    await space.catchUp(version)
    return space
  }

  async close(): Promise<void> {
    const stop = await this.#listening
    await stop?.()
    this.#held.clear()
  }

  async #listen(): Promise<void> {
    this.#listening ??= this.#database.listen(channel, (payload) => this.#hear(payload))
    try {
      await this.#listening
    } catch (error) {
      this.#listening = null
      throw error
    }
  }

  #hear(payload: string): void {
    const [id, version] = payload.split(' ')
    if (id === undefined || version === undefined) return
    // A failure here costs nothing but the head start: the next search reads the rows, or says why it cannot.
    void this.#held
      .get(Number(id))
      ?.catchUp(BigInt(version))
      .catch(() => undefined)
  }
}
