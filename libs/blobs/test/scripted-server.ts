import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as the server read it. */
export interface SeenRequest {
  readonly line: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** Answers one request in a way that S3 documents; nothing here stores anything. */
export type Answer = (request: SeenRequest, response: ServerResponse) => void

/** An error of S3, https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export const failing =
  (status: number, code: string, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/xml', ...headers })
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>so</Message></Error>`)
  }

export const answering =
  (body = '', headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(200, headers).end(body)
  }

/** Takes the request and says nothing. */
export const silent: Answer = () => undefined

/** A server that gives each request what `answer` makes of it, and remembers what was asked. */
export const startScriptedServer = async (answer: Answer) => {
  const requests: SeenRequest[] = []
  const server = createServer((request, response) => {
    void Array.fromAsync(request as AsyncIterable<Buffer>).then((chunks) => {
      const line = `${request.method ?? ''} ${request.url ?? ''}`
      const seen = { line, headers: request.headers, body: Buffer.concat(chunks) }
      requests.push(seen)
      answer(seen, response)
    })
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
