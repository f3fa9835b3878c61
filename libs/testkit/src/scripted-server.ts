import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as the server read it. */
export interface SeenRequest {
  readonly line: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** Answers one request. */
export type Answer = (request: SeenRequest, response: ServerResponse) => void

/** Says that all is well. */
export const answering =
  (body = '', headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(200, headers).end(body)
  }

/** Takes the request and says nothing. */
export const silent: Answer = () => undefined

export interface ScriptedServer {
  readonly endpoint: string
  /** Requests so far, in the order in which they were read. */
  readonly requests: readonly SeenRequest[]
  stop(): Promise<void>
}

/**
 * An HTTP server that gives each request what `answer` makes of it and remembers what was asked. It stores nothing and
 * stands for no server: it is there to see what a client asks, and what the client makes of errors and silence.
 */
export const startScriptedServer = async (answer: Answer): Promise<ScriptedServer> => {
  const requests: SeenRequest[] = []
  const server = createServer((request, response) => {
    const reply = (chunks: Buffer[]): void => {
      const line = `${request.method ?? ''} ${request.url ?? ''}`
      const seen = { line, headers: request.headers, body: Buffer.concat(chunks) }
      requests.push(seen)
      answer(seen, response)
    }
    // A client that gave up half-way gets no answer.
    Array.fromAsync(request as AsyncIterable<Buffer>).then(reply, () => undefined)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${String(port)}`,
    requests,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
