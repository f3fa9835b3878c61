import type { Service } from '@soundalike/runtime'
import { createServer, type Server } from 'node:http'
import { isIPv6, type AddressInfo } from 'node:net'
import { allRoutes, createApp } from './app.ts'
import { requireTokenBeyondLoopback } from './http/operator.ts'
import type { GatewayParts } from './parts.ts'

/** A request must have arrived whole by then. */
const receiveTimeoutMs = 10_000
/** A connection over which nothing moves this long is cut; a paused player asks again by range. */
const idleTimeoutMs = 60_000
const maxConnections = 2_000

export interface GatewayOptions {
  host: string
  /** 0 picks a free port. */
  port: number
  /** Bearer token of operator routes; without one the gateway binds to loopback only. */
  apiToken: string | undefined
  /** Folder of the built web page. */
  explorerDir: string
  /** A request without an answer by then is told so. @default 15_000 */
  requestTimeoutMs?: number
  /** How long a stop waits for the answers under way. @default 5_000 */
  stopTimeoutMs?: number
}

export interface GatewayService extends Service {
  /** Base address, e.g. `http://127.0.0.1:8080`; known once started. */
  url(): string
}

/**
 * The HTTP door of the house: the API, the web page, health and metrics.
 *
 * @throws Error, at once, when operator routes would be open to a network without a token
 */
export const createGatewayService = (
  parts: GatewayParts,
  options: GatewayOptions,
): GatewayService => {
  const { host, port, apiToken, explorerDir } = options
  const routes = allRoutes(parts)
  requireTokenBeyondLoopback(routes, { host, apiToken })
  const app = createApp(routes, {
    log: parts.log,
    metrics: parts.metrics,
    apiToken,
    explorerDir,
    requestTimeoutMs: options.requestTimeoutMs ?? 15_000,
  })
  const server = createServer({ requestTimeout: receiveTimeoutMs }, app)
  server.setTimeout(idleTimeoutMs)
  server.maxConnections = maxConnections

  const url = (): string => {
    const { port: bound } = server.address() as AddressInfo
    return `http://${isIPv6(host) ? `[${host}]` : host}:${String(bound)}`
  }

  return {
    url,
    async start() {
      await listen(server, host, port)
      parts.log.info({ url: url() }, 'listening')
    },
    stop: () => close(server, options.stopTimeoutMs ?? 5_000),
  }
}

const listen = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })

/** Takes no more connections, lets the answers under way finish, and cuts what is left after the bound. */
const close = (server: Server, timeoutMs: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.closeAllConnections()
    }, timeoutMs)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
  })
