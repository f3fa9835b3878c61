import { BlockList, isIP } from 'node:net'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/**
 * Whether only programs on this machine can reach a server bound to the host.
 *
 * @param host - a name or an address, IPv6 without brackets
 */
export const isLoopback = (host: string): boolean => {
  const family = isIP(host)
  if (family === 0) return host.toLowerCase() === 'localhost'
  return loopback.check(host, family === 6 ? 'ipv6' : 'ipv4')
}

/**
 * Whether a request may be answered, by the Host it names. A page from anywhere can point a name of its own
 * at this machine (DNS rebinding) and would then read, as the same origin, what is open to this machine's
 * programs alone. So a server on loopback answers to loopback's own names; one on a network is asked by
 * names that it does not know.
 *
 * @param boundHost - what the server is bound to
 * @param hostHeader - with or without a port
 */
export const isHostAccepted = (boundHost: string, hostHeader: string | undefined): boolean => {
  if (!isLoopback(boundHost)) return true
  const [, ipv6, name] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(hostHeader ?? '') ?? []
  return isLoopback(ipv6 ?? name ?? '')
}
