/** One server of whatever a URL names. */
export interface RedisNode {
  readonly host: string
  readonly port: number
}

/** What a URL of Redis says. */
export interface RedisLocation {
  readonly form: 'single' | 'sentinel' | 'cluster'
  /** The server; or the sentinels; or some nodes of the cluster, which tell of the others. */
  readonly nodes: readonly [RedisNode, ...RedisNode[]]
  /** What the sentinels call the server they watch; empty in the other forms. */
  readonly master: string
  readonly database: number
  readonly tls: boolean
  /** File with the authority that vouches for the servers, where it is none that every machine knows. */
  readonly caFile: string | undefined
  readonly username: string | undefined
  readonly password: string | undefined
  /** Of the sentinels themselves. */
  readonly sentinelPassword: string | undefined
}

const whole =
  /^redis(?<tls>s?)(?:\+(?<form>sentinel|cluster))?:\/\/(?:(?<username>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^/?@]+)(?:\/(?<path>[^/?]*))?(?:\?(?<query>.*))?$/
const host = /^(?<name>[\w.-]+|\[[\da-f:.]+\])(?::(?<port>\d{1,5}))?$/i
const parameters = ['ca', 'sentinelPassword']

/**
 * Reads where Redis is: `redis://user:password@host:6379/0`, `redis+sentinel://user:password@host1:26379,host2/name`, or
 * `redis+cluster://user:password@host1:6379,host2`; with `rediss` in place of `redis` over TLS, and then with
 * `?ca=/path` where the authority is one's own. Names and passwords are percent-encoded.
 *
 * @throws TypeError that says what is wrong, without the URL, since there are passwords in it
 */
export const readRedisUrl = (url: string): RedisLocation => {
  const parts = whole.exec(url)?.groups
  if (parts === undefined) throw wrong('it is not redis://host:port/… or one of its other forms')
  const form = parts['form'] === undefined ? 'single' : (parts['form'] as 'sentinel' | 'cluster')
  const path = decodeURIComponent(parts['path'] ?? '')
  const query = new URLSearchParams(parts['query'])
  const [first, ...others] = (parts['hosts'] ?? '')
    .split(',')
    .map((text) => readNode(text, form === 'sentinel' ? 26_379 : 6_379))
  if (first === undefined || (form === 'single' && others.length > 0))
    throw wrong('several hosts are for redis+sentinel:// and redis+cluster://')
  if (form === 'sentinel' && path === '')
    throw wrong('after the sentinels comes / and the name of the server they watch')
  if (form === 'cluster' && path !== '' && path !== '0') throw wrong('a cluster has one database')
  if (form === 'single' && !/^\d{0,4}$/.test(path)) throw wrong('its database is not a number')
  for (const name of query.keys())
    if (!parameters.includes(name)) throw wrong(`there is no parameter ${JSON.stringify(name)}`)
  return {
    form,
    nodes: [first, ...others],
    master: form === 'sentinel' ? path : '',
    database: form === 'single' ? Number(path) : 0,
    tls: parts['tls'] === 's',
    caFile: query.get('ca') ?? undefined,
    username: decoded(parts['username']),
    password: decoded(parts['password']),
    sentinelPassword: query.get('sentinelPassword') ?? undefined,
  }
}

const readNode = (text: string, usualPort: number): RedisNode => {
  const parts = host.exec(text)?.groups
  const port = Number(parts?.['port'] ?? usualPort)
  if (parts?.['name'] === undefined || port < 1 || port > 65_535)
    throw wrong('a host is not name or name:port')
  return { host: parts['name'].replaceAll(/[[\]]/g, ''), port }
}

const decoded = (text: string | undefined): string | undefined =>
  text === undefined || text === '' ? undefined : decodeURIComponent(text)

const wrong = (what: string): TypeError => new TypeError(`wrong URL of Redis: ${what}`)
