import { once } from 'node:events'
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What becomes of a request: `refuse` answers 503, `cut` ends the connection. */
export type Weather = 'fair' | 'refuse' | 'cut' | { readonly delayMs: number }

/** Stands before an HTTP server and lets through what the weather permits. */
export interface Proxy {
  readonly url: string
  setWeather(weather: Weather): void
  stop(): Promise<void>
}

/** @param target - address of the server, without a path */
export const startProxy = async (target: string): Promise<Proxy> => {
  const { hostname, port } = new URL(target)
  let weather: Weather = 'fair'

  const forward = (request: IncomingMessage, response: ServerResponse): void => {
    const { method, url: path, headers } = request
    const onward = ask({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    response.on('close', () => onward.destroy())
    request.pipe(onward)
  }

  const server = createServer((request, response) => {
    if (weather === 'cut') response.destroy()
    else if (weather === 'refuse') {
      request.resume()
      response.writeHead(503, { 'content-type': 'application/xml' })
      response.end(
        '<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>',
      )
    } else if (weather === 'fair') forward(request, response)
    else void sleep(weather.delayMs).then(() => forward(request, response))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    setWeather: (next) => {
      weather = next
    },
    stop: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
