import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isHostAccepted } from './loopback.ts'
import type { Metrics } from './metrics.ts'

/** Says whether one thing is well; throws, with the reason as message, where it is not. */
export type Probe = () => Promise<void> | void

export interface HealthServer {
  /** Base address, e.g. `http://127.0.0.1:9100`. */
  url: string
  stop(): Promise<void>
}

interface HealthOptions {
  host: string
  /** 0 picks a free port. */
  port: number
  /** The process is not stuck: its fetch loop has a heartbeat. */
  live: Probe
  /** The process can do its work: its stores answer. */
  ready: Probe
  metrics: Metrics
}

/**
 * The worker's own small server: `/health/live`, `/health/ready` and `/metrics`.
 * Answers 200, or 503 with the reason; on loopback, 421 to a Host that is not loopback's.
 */
export const serveHealth = async (options: HealthOptions): Promise<HealthServer> => {
  const probes: Record<string, Probe> = {
    '/health/live': options.live,
    '/health/ready': options.ready,
  }

  const answer = async (path: string): Promise<{ status: number; type: string; body: string }> => {
    if (path === '/metrics') {
      return {
        status: 200,
        type: options.metrics.contentType,
        body: await options.metrics.metrics(),
      }
    }
    const probe = probes[path]
    if (probe === undefined) return { status: 404, type: 'text/plain', body: 'not found\n' }
    try {
      await probe()
      return { status: 200, type: 'text/plain', body: 'ok\n' }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return { status: 503, type: 'text/plain', body: `${reason}\n` }
    }
  }

  const server = createServer((request, response) => {
    if (!isHostAccepted(options.host, request.headers.host)) {
      response.writeHead(421, { 'content-type': 'text/plain' }).end('not a name of this machine\n')
      return
    }
    void answer((request.url ?? '/').split('?', 1)[0] ?? '/')
      .catch(() => ({ status: 500, type: 'text/plain', body: 'metrics failed\n' }))
      .then(({ status, type, body }) => {
        response.writeHead(status, { 'content-type': type }).end(body)
      })
  })
  server.requestTimeout = 5_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const { port } = server.address() as AddressInfo

  return {
    url: `http://${options.host}:${String(port)}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}
