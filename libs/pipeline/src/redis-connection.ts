import { readFile } from 'node:fs/promises'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { readRedisUrl, type RedisLocation } from './redis-url.ts'

/** A connection that is not open yet, to a server or to a cluster of them. */
export type RedisConnection = Redis | Cluster

/** Whose connections they are: producers fail fast while Redis is away, workers wait for it to come back. */
export type RedisRole = 'producer' | 'worker'

/**
 * Reads a URL once and makes connections of it.
 *
 * @throws TypeError when the URL is of no form we know; Error when the file with the authority cannot be read
 */
export const redisConnections = async (
  url: string,
  onError: (error: Error) => void,
): Promise<(role: RedisRole) => RedisConnection> => {
  const location = readRedisUrl(url)
  const { caFile } = location
  const ca = caFile === undefined ? undefined : await readFile(caFile)
  const tls = location.tls ? { tls: ca === undefined ? {} : { ca } } : {}
  return (role) => connectionTo(location, role, tls).on('error', onError)
}

const connectionTo = (
  { form, nodes, master, database, username, password, sentinelPassword }: RedisLocation,
  role: RedisRole,
  tls: Pick<RedisOptions, 'tls'>,
): RedisConnection => {
  const options: RedisOptions = {
    ...tls,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    maxRetriesPerRequest: role === 'producer' ? 1 : null,
    connectTimeout: 10_000,
    // A worker waits for jobs by a command that may take long.
    ...(role === 'producer' && { commandTimeout: 30_000 }),
  }
  if (form === 'cluster')
    return new Cluster([...nodes], {
      redisOptions: options,
      lazyConnect: true,
      // A cluster without a node would keep commands for ever.
      enableOfflineQueue: role === 'worker',
      // Certificates are made out for names; a lookup would make addresses of them.
      dnsLookup: (address, done) => done(null, address),
    })
  if (form === 'single')
    return new Redis({ ...options, ...nodes[0], db: database, lazyConnect: true })
  return new Redis({
    ...options,
    sentinels: [...nodes],
    name: master,
    ...(sentinelPassword !== undefined && { sentinelPassword }),
    ...(tls.tls !== undefined && { sentinelTLS: tls.tls, enableTLSForSentinelMode: true }),
    lazyConnect: true,
  })
}
