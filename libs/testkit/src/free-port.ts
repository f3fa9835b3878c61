import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { untilReady } from './until-ready.ts'

/** A TCP port of 127.0.0.1 that nobody listened on a moment ago. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Resolves where somebody listens: a server with TLS or passwords answers nothing plainer than that. */
export const answers = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve()
    })
    socket.once('error', reject)
  })

/** Waits until nobody listens any more. */
export const untilSilent = (port: number): Promise<void> =>
  untilReady(`the end of the server on port ${port}`, () =>
    answers(port).then(
      () => Promise.reject(new Error('it answers')),
      () => undefined,
    ),
  )
