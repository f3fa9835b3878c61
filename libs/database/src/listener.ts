import { setTimeout as sleep } from 'node:timers/promises'
import type { PgClient, PgPool } from './pg-pool.ts'

type Handler = (payload: string) => void

/** One client that listens. */
interface Session {
  readonly client: PgClient
  end(): void
}

/** Listens to any number of channels over one client, taken on first use and taken anew when it is lost. */
export class Listener {
  readonly #pool: PgPool
  readonly #onError: (error: Error) => void
  readonly #handlers = new Map<string, Set<Handler>>()
  #session: Promise<Session> | null = null
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
    const { client } = await (this.#session ??= this.#openFirst())
    await client.query(`LISTEN ${channel}`)
    return () => this.#forget(channel, handler)
  }

  async close(): Promise<void> {
    this.#closed = true
    const session = await this.#session?.catch(() => null)
    session?.end()
    this.#session = null
  }

  async #openFirst(): Promise<Session> {
    try {
      return await this.#open()
    } catch (error) {
      this.#session = null
      throw error
    }
  }

  async #open(): Promise<Session> {
    const client = await this.#pool.connect()
    let state: 'opening' | 'open' | 'ended' = 'opening'
    const end = (): void => {
      if (state !== 'ended') client.release(true)
      state = 'ended'
    }
    client.on('notification', ({ channel, payload }) => {
      this.#deliver(channel, payload ?? '')
    })
    // A dying connection reports more than one error; only the first of them counts.
    client.on('error', (error) => {
      this.#onError(error)
      const wasOpen = state === 'open'
      end()
      if (wasOpen && !this.#closed) this.#session = this.#openAgain()
    })
    try {
      for (const channel of this.#handlers.keys()) await client.query(`LISTEN ${channel}`)
    } catch (error) {
      end()
      throw error
    }
    state = 'open'
    return { client, end }
  }

  async #openAgain(): Promise<Session> {
    for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, 5_000)) {
      try {
        const session = await this.#open()
        // Whatever was sent meanwhile is lost.
        for (const channel of this.#handlers.keys()) this.#deliver(channel, '')
        return session
      } catch (error) {
        if (this.#closed) throw error
        await sleep(waitMs)
      }
    }
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

  async #forget(channel: string, handler: Handler): Promise<void> {
    const handlers = this.#handlers.get(channel)
    handlers?.delete(handler)
    if (handlers?.size !== 0 || this.#closed) return
    this.#handlers.delete(channel)
    const session = await this.#session
    await session?.client.query(`UNLISTEN ${channel}`)
  }
}
