import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DownloadLimits } from '../src/index.ts'

export interface PreviewServer {
  /** `http://127.0.0.1:port` */
  readonly url: string
  readonly port: number
  /** Every request that came, in order. */
  readonly requests: IncomingMessage[]
  /** Connections that were made, also those that asked for nothing. */
  connections(): number
  close(): Promise<void>
}

export type Behaviour = (request: IncomingMessage, response: ServerResponse, nth: number) => void

/**
 * A server of previews that behaves as the test has it.
 *
 * @param behave - told which request it is, from 1
 */
export const startPreviewServer = async (
  behave: Behaviour,
  at: { host: string; port: number } = { host: '127.0.0.1', port: 0 },
): Promise<PreviewServer> => {
  const requests: IncomingMessage[] = []
  let connections = 0
  const server = createServer((request, response) => {
    requests.push(request)
    behave(request, response, requests.length)
  })
  server.on('connection', () => (connections += 1))
  server.listen(at.port, at.host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${at.host}:${String(port)}`,
    port,
    requests,
    connections: () => connections,
    close: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

/** Small and quick, and open to nothing but the loopback server of the test. */
export const testLimits: DownloadLimits = {
  maxBytes: 1_000_000,
  maxRedirects: 3,
  connectTimeoutMs: 2_000,
  idleTimeoutMs: 2_000,
  timeoutMs: 5_000,
  breakAfterFailures: 1_000,
  breakMs: 1_000,
  allowHosts: ['127.0.0.1'],
}
