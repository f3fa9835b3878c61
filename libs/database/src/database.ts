import type { PgPool } from './pg-pool.ts'

/** The house's PostgreSQL, whichever it is. */
export interface Database {
  /** BullMQ and Kysely run over it. Its `search_path` is BullMQ's schema, so qualify every name of your own. */
  readonly pool: PgPool
  /** Whether the database lives inside this process, and so in this process alone. */
  readonly embedded: boolean
  /**
   * Calls the handler for every NOTIFY on a channel, from any process. After a lost connection it is called once
   * with an empty payload, since notifications may have been missed.
   *
   * @param channel - lower-case letters, digits and underscores
   * @returns stops listening
   */
  listen(channel: string, handler: (payload: string) => void): Promise<() => Promise<void>>
  close(): Promise<void>
}

export interface DatabaseOptions {
  /**
   * Sessions of a server this process may open at once. Each BullMQ worker keeps one of them for itself.
   *
   * @defaultValue 20
   */
  readonly poolSize?: number
  /**
   * How long a server that does not answer yet is waited for.
   *
   * @defaultValue 60,000
   */
  readonly patienceMs?: number
  /** Told of connections that are lost, idle or in use, which the pool replaces by itself, and of handlers that throw. */
  readonly onError?: (error: Error) => void
}

/** Where BullMQ's PostgreSQL backend keeps its tables. */
export const queueSchema = 'bullmq'

/** Where everything of our own lives. */
export const ownSchema = 'soundalike'
