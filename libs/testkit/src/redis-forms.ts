import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { makeCertificate } from './certificate.ts'
import { findProgram } from './find-program.ts'
import { runRedis, type LocalRedis } from './redis.ts'
import { announce, NoServerError, type TestServer } from './test-server.ts'
import { untilReady } from './until-ready.ts'

const run = promisify(execFile)
const host = '127.0.0.1'

/**
 * A local Redis that takes TLS alone, and one user alone, who may touch nothing but the keys of the house and has no rights
 * of an administrator. Its certificate is its own authority.
 *
 * @throws NoServerError where there is no redis-server or no openssl
 */
export const startSecureRedis = async (): Promise<TestServer> => {
  let ca = ''
  const rights = 'on >secret ~{soundalike}:* &* +@all -@admin -@dangerous +info'
  const server = await runRedis(async (folder, port) => {
    const { certificateFile, keyFile } = await makeCertificate(folder)
    ca = certificateFile
    const file = path.join(folder, 'redis.conf')
    await writeFile(file, `bind ${host}\nuser default off\nuser worker ${rights}\n`)
    const tls = ['--tls-cert-file', certificateFile, '--tls-key-file', keyFile]
    const clients = ['--tls-ca-cert-file', certificateFile, '--tls-auth-clients', 'no']
    return [file, '--port', '0', '--tls-port', String(port), ...tls, ...clients]
  })
  announce('redis with TLS and users', server.program)
  const url = `rediss://worker:secret@${host}:${server.port}?ca=${encodeURIComponent(ca)}`
  return { url, stop: server.stop }
}

/** A server, its replica, and the sentinels that put the one in the place of the other. */
export interface WatchedRedis extends TestServer {
  /** Ends the server in charge, as a crash would. */
  stopMaster(): Promise<void>
}

/**
 * @throws NoServerError where there is no redis-server
 */
export const startSentinels = async (): Promise<WatchedRedis> => {
  const password = 'secret'
  const auth = ['--requirepass', password, '--masterauth', password]
  const master = await runRedis(auth)
  const replica = await runRedis([...auth, '--replicaof', `${host} ${master.port}`])
  const watch = `house ${host} ${master.port} 2`
  const sentinels: LocalRedis[] = []
  for (let count = 0; count < 3; count += 1)
    sentinels.push(
      await runRedis(async (folder) => {
        const file = path.join(folder, 'sentinel.conf')
        const lines = [
          `bind ${host}`,
          `sentinel monitor ${watch}`,
          `sentinel auth-pass house ${password}`,
          'sentinel down-after-milliseconds house 1000',
          'sentinel failover-timeout house 5000',
        ]
        await writeFile(file, lines.join('\n'))
        return [file, '--sentinel']
      }),
    )
  const cli = await redisCli()
  await untilReady('the sentinels', async () => {
    for (const { port } of sentinels) {
      const command = ['sentinel', 'master', 'house']
      const { stdout } = await run(cli, ['-h', host, '-p', String(port), ...command])
      if (!/num-slaves\n1\n/.test(stdout) || !/num-other-sentinels\n2\n/.test(stdout))
        throw new Error('they have not found each other')
    }
  })
  announce('redis with sentinels', master.program)
  const hosts = sentinels.map(({ port }) => `${host}:${port}`).join(',')
  return {
    url: `redis+sentinel://:${password}@${hosts}/house`,
    stopMaster: master.stop,
    stop: () => stopAll([...sentinels, replica, master]),
  }
}

/**
 * A cluster of three local servers.
 *
 * @throws NoServerError where there is no redis-server or no redis-cli
 */
export const startRedisCluster = async (): Promise<TestServer> => {
  const nodes = await Promise.all([1, 2, 3].map(() => runRedis(['--cluster-enabled', 'yes'])))
  const addresses = nodes.map(({ port }) => `${host}:${port}`)
  const cli = await redisCli()
  await run(cli, ['--cluster', 'create', ...addresses, '--cluster-yes'])
  await untilReady('the cluster', async () => {
    for (const { port } of nodes) {
      const { stdout } = await run(cli, ['-h', host, '-p', String(port), 'cluster', 'info'])
      if (!stdout.includes('cluster_state:ok')) throw new Error('not all slots are served')
    }
  })
  announce('redis as a cluster', nodes[0]?.program ?? '')
  return { url: `redis+cluster://${addresses.join(',')}`, stop: () => stopAll(nodes) }
}

const redisCli = async (): Promise<string> => {
  const cli = await findProgram('redis-cli', ['/usr/local/bin'], 'redis-tools')
  if (cli === null) throw new NoServerError('there is no redis-cli')
  return cli
}

const stopAll = async (servers: readonly LocalRedis[]): Promise<void> => {
  await Promise.all(servers.map((server) => server.stop()))
}
