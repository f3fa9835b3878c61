import { EventEmitter } from 'node:events'
import type { PGlite } from '@electric-sql/pglite'
import { Mutex } from 'async-mutex'
import type { PgClient, PgResult } from './pg-pool.ts'

/** One client of an {@link file://./embedded-pool.ts | EmbeddedPool}. */
export class EmbeddedClient extends EventEmitter implements PgClient {
  readonly #pglite: PGlite
  /** Held by whichever client runs a statement or is inside a transaction. */
  readonly #session: Mutex
  /** Keeps this client's own statements in the order of the calls. */
  readonly #turn = new Mutex()
  readonly #channels = new Map<string, () => Promise<void>>()
  #leaveSession: (() => void) | null = null
  #released = false

  constructor(pglite: PGlite, session: Mutex) {
    super()
    this.#pglite = pglite
    this.#session = session
  }

  /** Runs one statement, or several when there are no parameters. */
  query<Row = Record<string, unknown>>(
    text: string,
    parameters: readonly unknown[] = [],
  ): Promise<PgResult<Row>> {
    if (this.#released) return Promise.reject(new Error('query on a client that was released'))
    return this.#turn.runExclusive(() => this.#run<Row>(text, parameters))
  }

  /** Rolls back a transaction still open and stops listening: nothing of this client stays on the session. */
  release(): void {
    if (this.#released) return
    this.#released = true
    this.removeAllListeners()
    void this.#turn.runExclusive(() => this.#cleanUp())
  }

  async #run<Row>(text: string, parameters: readonly unknown[]): Promise<PgResult<Row>> {
    await this.#enterSession()
    try {
      const subscription = subscriptionIn(text)
      if (subscription !== null) return await this.#subscribe<Row>(subscription)
      return await this.#execute<Row>(text, parameters)
    } finally {
      if (!this.#pglite.isInTransaction()) this.#leave()
    }
  }

  async #execute<Row>(text: string, parameters: readonly unknown[]): Promise<PgResult<Row>> {
    const result =
      parameters.length === 0
        ? (await this.#pglite.exec(text)).at(-1)
        : await this.#pglite.query<Row>(text, parameters.map(encodeParameter))
    return {
      command: result?.command ?? '',
      rowCount: result?.rowCount ?? null,
      rows: (result?.rows ?? []) as Row[],
    }
  }

  async #subscribe<Row>({ verb, channel }: Subscription): Promise<PgResult<Row>> {
    if (verb === 'LISTEN' && !this.#channels.has(channel)) {
      const stop = await this.#pglite.listen(channel, (payload) => {
        this.emit('notification', { channel, payload })
      })
      this.#channels.set(channel, () => stop())
    }
    if (verb === 'UNLISTEN') {
      await this.#channels.get(channel)?.()
      this.#channels.delete(channel)
    }
    return { command: verb, rowCount: null, rows: [] }
  }

  async #cleanUp(): Promise<void> {
    const idle = this.#leaveSession === null && this.#channels.size === 0
    if (idle || this.#pglite.closed) return
    await this.#enterSession()
    try {
      if (this.#pglite.isInTransaction()) await this.#pglite.exec('ROLLBACK')
      for (const stop of this.#channels.values()) await stop()
    } finally {
      this.#leave()
    }
  }

  async #enterSession(): Promise<void> {
    this.#leaveSession ??= await this.#session.acquire()
  }

  #leave(): void {
    this.#leaveSession?.()
    this.#leaveSession = null
  }
}

interface Subscription {
  readonly verb: 'LISTEN' | 'UNLISTEN'
  readonly channel: string
}

/** LISTEN goes through PGlite's own call, which delivers; BullMQ writes comments before the statement. */
const subscriptionIn = (text: string): Subscription | null => {
  const statement = text.replace(/^(?:\s+|--[^\n]*(?:\n|$))+/, '')
  const match = /^(UN)?LISTEN\s+(\w+)\s*;?\s*$/i.exec(statement)
  if (match?.[2] === undefined) return null
  return { verb: match[1] === undefined ? 'LISTEN' : 'UNLISTEN', channel: match[2].toLowerCase() }
}

/** node-postgres writes plain objects as JSON whatever the column; PGlite only where it knows the column is JSON. */
const encodeParameter = (value: unknown): unknown => {
  if (value === null || typeof value !== 'object') return value
  const isPlain = Object.getPrototypeOf(value) === Object.prototype
  return isPlain ? JSON.stringify(value) : value
}
