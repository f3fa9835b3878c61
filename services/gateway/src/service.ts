import type { Config, Service } from '@soundalike/runtime'
import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { isIPv6, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { allRoutes, createApp } from './app.ts'
import { requireTokenBeyondLoopback } from './http/operator.ts'
import type { GatewayPorts } from './ports.ts'

/** A request must have arrived whole by then. */
const receiveTimeoutMs = 10_000
/** A connection over which nothing moves this long is cut; a paused player asks again by range. */
const idleTimeoutMs = 60_000
const maxConnections = 2_000
/** A request without an answer by then is told so. */
const answerTimeoutMs = 15_000
/** How long a stop waits for the answers under way. */
const stopTimeoutMs = 5_000

/** Where `vite build` leaves the page in this checkout. */
const builtExplorerDir = fileURLToPath(new URL('../../explorer/dist', import.meta.url))

export interface GatewayServicePorts extends GatewayPorts {
  config: Pick<Config, 'HOST' | 'PORT' | 'API_TOKEN' | 'EXPLORER_DIR'>
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
export const createGatewayService = (ports: GatewayServicePorts): GatewayService => {
  const { config, log } = ports
  const routes = allRoutes(ports)
  requireTokenBeyondLoopback(routes, config)
  const explorerDir = config.EXPLORER_DIR ?? builtExplorerDir
  const app = createApp(routes, {
    ...ports,
    host: config.HOST,
    apiToken: config.API_TOKEN,
    explorerDir,
    answerTimeoutMs,
  })
  const server = createServer({ requestTimeout: receiveTimeoutMs }, app)
  server.setTimeout(idleTimeoutMs)
  server.maxConnections = maxConnections

  const url = (): string => {
    const { port: bound } = server.address() as AddressInfo
    return `http://${isIPv6(config.HOST) ? `[${config.HOST}]` : config.HOST}:${String(bound)}`
  }

  return {
    url,
    async start() {
      await listen(server, config.HOST, config.PORT)
      log.info({ url: url() }, 'listening')
      if (!existsSync(join(explorerDir, 'index.html'))) {
        log.warn({ explorerDir }, 'no web page: npm run build -w @soundalike/explorer')
      }
    },
    stop: () => close(server),
  }
}

const listen = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })

/** Takes no more connections, lets the answers under way finish, and cuts what is left after the bound. */
const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.closeAllConnections()
    }, stopTimeoutMs)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
  })
