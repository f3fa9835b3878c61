/** Result of one statement, as node-postgres reports it. */
export interface PgResult<Row> {
  /** Command tag without its count, e.g. `SELECT`. */
  readonly command: string
  readonly rowCount: number | null
  readonly rows: Row[]
}

interface PgNotification {
  readonly channel: string
  readonly payload?: string | undefined
}

interface PgQueryable {
  // The type of a row is the caller's promise about its own SQL, as with node-postgres itself.
  query<Row = Record<string, unknown>>(
    text: string,
    parameters?: readonly unknown[],
  ): Promise<PgResult<Row>>
}

/** One session checked out of a {@link PgPool}; what is between BEGIN and COMMIT on it is a transaction. */
export interface PgClient extends PgQueryable {
  /** @param destroy - end the session instead of handing it to the next caller */
  release(destroy?: boolean): void
  on(event: 'notification', listener: (notification: PgNotification) => void): this
  on(event: 'error', listener: (error: Error) => void): this
  on(event: 'end', listener: () => void): this
  removeListener(event: 'notification', listener: (notification: PgNotification) => void): this
  removeAllListeners(event?: string): this
}

/**
 * The part of `pg.Pool` that BullMQ, Kysely and this library use. A real pool is one; so is the
 * embedded database ({@link file://./embedded-pool.ts}).
 */
export interface PgPool extends PgQueryable {
  readonly options: object
  connect(): Promise<PgClient>
  end(): Promise<void>
  on(event: 'error', listener: (error: Error) => void): this
  on(event: 'connect', listener: (client: PgClient) => void): this
  removeAllListeners(event?: string): this
}
