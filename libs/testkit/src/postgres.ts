import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chown, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { makeCertificate, type Certificate } from './certificate.ts'
import { startContainer } from './container.ts'
import { findProgram } from './find-program.ts'
import { freePort, untilSilent } from './free-port.ts'
import { runServer, type RunAs } from './server-process.ts'
import { announce, NoServerError, type LocalServer, type TestServer } from './test-server.ts'
import { untilReady } from './until-ready.ts'

const run = promisify(execFile)

interface PostgresOptions {
  /** A server of its own that takes TLS alone; the URL names the authority to check it by. */
  readonly tls?: boolean
}

/**
 * An empty database on a PostgreSQL server: the server at TEST_POSTGRES_URL (whose user may create databases),
 * else one from a container engine, else a local `postgres`, installed first where that is allowed.
 *
 * @throws NoServerError where none of them can be had
 */
export const startPostgres = async (options: PostgresOptions = {}): Promise<TestServer> => {
  if (options.tls === true) return runPostgres(options)
  const given = process.env['TEST_POSTGRES_URL']
  if (given !== undefined) {
    announce('postgres', 'the one at TEST_POSTGRES_URL')
    return newDatabase(given)
  }
  return (await inContainer()) ?? (await runPostgres(options))
}

const newDatabase = async (serverUrl: string): Promise<TestServer> => {
  const name = `soundalike_test_${randomUUID().replaceAll('-', '')}`
  await execute(serverUrl, `CREATE DATABASE ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return {
    url: url.href,
    stop: () => execute(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`),
  }
}

const execute = async (url: string, statement: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

const inContainer = async (): Promise<TestServer | null> => {
  const container = await startContainer({
    name: 'postgres:17-alpine',
    port: 5432,
    environment: { POSTGRES_HOST_AUTH_METHOD: 'trust' },
  })
  if (container === null) return null
  const url = `postgres://postgres@${container.getHost()}:${container.getMappedPort(5432)}/postgres`
  await untilReady('postgres', () => execute(url, 'SELECT 1'))
  announce('postgres', 'in a container')
  return { url, stop: async () => void (await container.stop()) }
}

/**
 * Starts a local `postgres`, installed first where that is allowed.
 *
 * @throws NoServerError where there is none to be had
 */
export const runPostgres = async ({ tls = false }: PostgresOptions = {}): Promise<LocalServer> => {
  const postgres = await findProgram('postgres', ['/usr/lib/postgresql/*/bin'], 'postgresql')
  if (postgres === null)
    throw new NoServerError('no TEST_POSTGRES_URL, no container engine, no PostgreSQL programs')
  const runAs = await unprivileged()
  const folder = await mkdtemp(path.join(tmpdir(), 'soundalike-postgres-'))
  if (runAs.uid !== undefined && runAs.gid !== undefined) await chown(folder, runAs.uid, runAs.gid)

  const data = path.join(folder, 'data')
  const initdb = path.join(path.dirname(postgres), 'initdb')
  await run(initdb, ['-D', data, '-U', 'soundalike', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
    ...runAs,
    cwd: folder,
    env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' },
  })
  const port = await freePort()
  const address = ['-h', '127.0.0.1', '-p', String(port), '-k', folder]
  const secure = tls ? await withCertificate(folder, data, runAs) : { arguments: [], query: '' }
  const settings = ['-c', 'fsync=off', ...secure.arguments]
  const server = runServer([postgres, '-D', data, ...address, ...settings], folder, runAs)
  const url = `postgres://soundalike@127.0.0.1:${port}/postgres${secure.query}`
  const ready = () => untilReady('postgres', () => execute(url, 'SELECT 1'))
  await ready()
  announce('postgres', postgres)
  return {
    url,
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

/** Lets a server take TLS, and nothing else over TCP. */
const withCertificate = async (folder: string, data: string, { uid, gid }: RunAs) => {
  const { certificateFile, keyFile } = await makeCertificate(folder)
  if (uid !== undefined && gid !== undefined) await chown(keyFile, uid, gid)
  await writeFile(path.join(data, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 trust\n')
  return {
    arguments: ['-c', 'ssl=on', ...fileSettings({ certificateFile, keyFile })],
    query: `?sslmode=verify-full&sslrootcert=${encodeURIComponent(certificateFile)}`,
  }
}

const fileSettings = ({ certificateFile, keyFile }: Certificate): string[] => [
  '-c',
  `ssl_cert_file=${certificateFile}`,
  '-c',
  `ssl_key_file=${keyFile}`,
]

/** PostgreSQL refuses to run as root; another user is needed then. */
const unprivileged = async (): Promise<RunAs> => {
  if (process.getuid?.() !== 0) return {}
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  const user =
    users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  if (user === undefined)
    throw new NoServerError('postgres refuses root and there is no other user')
  return { uid: Number(user[2]), gid: Number(user[3]) }
}
