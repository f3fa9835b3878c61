import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startContainer } from './container.ts'
import { findProgram } from './find-program.ts'
import { answers, freePort, untilSilent } from './free-port.ts'
import { runServer } from './server-process.ts'
import { announce, NoServerError, type LocalServer, type TestServer } from './test-server.ts'
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
  const server = await runRedis(settings)
  announce('redis', server.program)
  return server
}

/** A local redis-server of whatever kind its settings make it. */
export interface LocalRedis extends LocalServer {
  readonly program: string
  readonly port: number
  /** Where it keeps what it keeps. */
  readonly folder: string
}

/**
 * Starts a local `redis-server`, installed first where that is allowed.
 *
 * @param given - arguments, or what makes them of the server's folder and port; the default is a plain server
 * @throws NoServerError where there is none to be had
 */
export const runRedis = async (
  given: readonly string[] | ((folder: string, port: number) => Promise<readonly string[]>),
): Promise<LocalRedis> => {
  const program = await findProgram('redis-server', ['/usr/sbin', '/usr/local/bin'], 'redis-server')
  if (program === null)
    throw new NoServerError('no TEST_REDIS_URL, no container engine, no redis-server')
  const port = await freePort()
  const folder = await mkdtemp(path.join(tmpdir(), 'soundalike-redis-'))
  const words = typeof given === 'function' ? await given(folder, port) : given
  const listens = words.includes('--tls-port') ? [] : ['--port', String(port)]
  const file = words[0]?.endsWith('.conf') === true ? words : ['--bind', '127.0.0.1', ...words]
  const server = runServer([program, ...file, ...listens, '--dir', folder], folder)
  const ready = () => untilReady('redis', () => answers(port))
  await ready()
  return {
    program,
    port,
    folder,
    url: `redis://127.0.0.1:${port}`,
    halt: () => {
      server.halt()
      return untilSilent(port)
    },
    resume: () => {
      server.resume()
      return ready()
    },
    stop: () => server.stop(),
  }
}
