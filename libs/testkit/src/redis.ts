import { mkdtemp } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startContainer } from './container.ts'
import { findProgram } from './find-program.ts'
import { freePort } from './free-port.ts'
import { runServer } from './server-process.ts'
import { announce, NoServerError, type TestServer } from './test-server.ts'
import { untilReady } from './until-ready.ts'

/**
 * A Redis server: the one at TEST_REDIS_URL (which must hold nothing of value, and serve one suite at a time),
 * else from a container engine, else a local `redis-server`, installed first where that is allowed.
 *
 * @throws NoServerError where none of them can be had
 */
export const startRedis = async (): Promise<TestServer> => {
  const given = process.env['TEST_REDIS_URL']
  if (given !== undefined) {
    announce('redis', 'the one at TEST_REDIS_URL')
    return { url: given, stop: () => Promise.resolve() }
  }
  return (await inContainer()) ?? (await locally())
}

const settings = ['--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction']

const inContainer = async (): Promise<TestServer | null> => {
  const container = await startContainer({
    name: 'redis:7.4-alpine',
    port: 6379,
    command: ['redis-server', ...settings],
  })
  if (container === null) return null
  announce('redis', 'in a container')
  return {
    url: `redis://${container.getHost()}:${container.getMappedPort(6379)}`,
    stop: async () => void (await container.stop()),
  }
}

const locally = async (): Promise<TestServer> => {
  const program = await findProgram('redis-server', ['/usr/sbin', '/usr/local/bin'], 'redis-server')
  if (program === null)
    throw new NoServerError('no TEST_REDIS_URL, no container engine, no redis-server')
  const port = await freePort()
  const folder = await mkdtemp(path.join(tmpdir(), 'soundalike-redis-'))
  const server = runServer(
    [program, '--bind', '127.0.0.1', '--port', String(port), '--dir', folder, ...settings],
    folder,
  )
  await untilReady('redis', () => ping(port))
  announce('redis', program)
  return { url: `redis://127.0.0.1:${port}`, stop: () => server.stop() }
}

const ping = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.once('data', (reply) => {
      socket.destroy()
      if (reply.toString().startsWith('+PONG')) resolve()
      else reject(new Error(`redis answered ${reply.toString()}`))
    })
    socket.once('error', reject)
  })
