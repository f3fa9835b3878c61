import { setTimeout as sleep } from 'node:timers/promises'
import type { PgClient, PgPool } from './pg-pool.ts'

type Handler = (payload: string) => void

/** Listens to any number of channels over one client, taken on first use and taken anew when it is lost. */
export class Listener {
  readonly #pool: PgPool
  readonly #onError: (error: Error) => void
  readonly #handlers = new Map<string, Set<Handler>>()
  #client: Promise<PgClient> | null = null
  #closed = false

  constructor(pool: PgPool, onError: (error: Error) => void) {
    this.#pool = pool
    this.#onError = onError
  }

  /** @returns stops calling the handler */
  async listen(channel: string, handler: Handler): Promise<() => Promise<void>> {
    if (!/^[a-z][a-z0-9_]{0,62}$/.test(channel))
      throw new RangeError(`not a channel name: ${channel}`)
    const handlers = this.#handlers.get(channel) ?? new Set()
    this.#handlers.set(channel, handlers.add(handler))
    const client = await (this.#client ??= this.#connect())
    await client.query(`LISTEN ${channel}`)
    return () => this.#forget(channel, handler)
  }

  async close(): Promise<void> {
    this.#closed = true
    const client = await this.#client?.catch(() => null)
    client?.release(true)
    this.#client = null
  }

  async #connect(): Promise<PgClient> {
    const client = await this.#pool.connect()
    client.on('notification', ({ channel, payload }) => this.#deliver(channel, payload ?? ''))
    client.on('error', (error) => this.#reconnect(client, error))
    for (const channel of this.#handlers.keys()) await client.query(`LISTEN ${channel}`)
    return client
  }

  #deliver(channel: string, payload: string): void {
    for (const handler of this.#handlers.get(channel) ?? []) {
      try {
        handler(payload)
      } catch (error) {
        this.#onError(error instanceof Error ? error : new Error(String(error)))
      }
    }
  }

  #reconnect(lost: PgClient, error: Error): void {
    this.#onError(error)
    lost.removeAllListeners()
    // A dying connection may report more than one error; none may go unhandled.
    lost.on('error', () => undefined)
    lost.release(true)
    if (!this.#closed) this.#client = this.#connectAgain()
  }

  async #connectAgain(): Promise<PgClient> {
    for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, 5_000)) {
      try {
        const client = await this.#connect()
        // Whatever was sent meanwhile is lost.
        for (const channel of this.#handlers.keys()) this.#deliver(channel, '')
        return client
      } catch (error) {
        if (this.#closed) throw error
        await sleep(waitMs)
      }
    }
  }

  async #forget(channel: string, handler: Handler): Promise<void> {
    const handlers = this.#handlers.get(channel)
    handlers?.delete(handler)
    if (handlers?.size !== 0 || this.#closed) return
    this.#handlers.delete(channel)
    await (await this.#client)?.query(`UNLISTEN ${channel}`)
  }
}
