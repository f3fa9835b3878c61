import { EventEmitter } from 'node:events'
import type { PGlite } from '@electric-sql/pglite'
import { Mutex } from 'async-mutex'
import { EmbeddedClient } from './embedded-client.ts'
import type { PgClient, PgPool, PgResult } from './pg-pool.ts'

/**
 * Gives one PGlite instance the shape of a connection pool.
 *
 * PGlite is a single session. Every client shares it, so a client inside BEGIN … COMMIT has it to itself and
 * all others wait: inside a transaction, query through its own client only. What lives on a session is shared
 * too: settings such as `search_path`, and session-level advisory locks, which never block here (nothing
 * needs them to, since transactions never overlap).
 */
export class EmbeddedPool extends EventEmitter implements PgPool {
  /** Read by BullMQ: a session inside this process cannot drop unnoticed, so an idle wait may be long. */
  readonly options = { keepAlive: true }
  readonly #pglite: PGlite
  readonly #session = new Mutex()

  constructor(pglite: PGlite) {
    super()
    // Every queue and worker of BullMQ adds a listener of its own.
    this.setMaxListeners(0)
    this.#pglite = pglite
  }

  async query<Row = Record<string, unknown>>(
    text: string,
    parameters?: readonly unknown[],
  ): Promise<PgResult<Row>> {
    const client = await this.connect()
    try {
      return await client.query<Row>(text, parameters)
    } finally {
      client.release()
    }
  }

  connect(): Promise<PgClient> {
    return Promise.resolve(new EmbeddedClient(this.#pglite, this.#session))
  }

  /** Waits for what is under way, then closes the database. */
  async end(): Promise<void> {
    await this.#session.runExclusive(() => this.#pglite.close())
  }
}
