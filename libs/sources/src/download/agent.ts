import { Failure } from '@soundalike/contracts'
import { lookup as systemLookup, type LookupAddress, type LookupAllOptions } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, buildConnector } from 'undici'
import { createAddressGuard } from './guard.ts'
import type { DownloadLimits } from './limits.ts'

/** Finds all addresses of a name, as `dns.lookup` does. */
export type Lookup = (
  name: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/**
 * Connections that lead to permitted addresses alone. The check sits where a connection is made: whatever name or
 * redirect led there, the address that was checked is the one connected to, and no second look-up can change it.
 */
export const createDownloadAgent = (
  limits: DownloadLimits,
  lookup: Lookup = systemLookup,
): Agent => {
  const permits = createAddressGuard(limits.allowHosts)

  const lookupPermitted: LookupFunction = (name, options, callback) => {
    lookup(name, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        callback(error, [])
        return
      }
      const permitted = found.filter(({ address }) => permits(name, address))
      const [first] = permitted
      if (first === undefined) callback(refused(name), [])
      else if (options.all === true) callback(null, permitted)
      else callback(null, first.address, first.family)
    })
  }
  const connect = buildConnector({
    allowH2: false,
    timeout: limits.connectTimeoutMs,
    lookup: lookupPermitted,
  })

  return new Agent({
    // Addresses in a URL are never looked up, so they are checked here.
    connect: (options, callback) => {
      const host = options.hostname.replace(/^\[|\]$/g, '')
      if (isIP(host) !== 0 && !permits(host, host)) callback(refused(host), null)
      else connect(options, callback)
    },
    headersTimeout: limits.idleTimeoutMs,
    bodyTimeout: limits.idleTimeoutMs,
  })
}

const refused = (host: string): Failure =>
  new Failure('address-refused', `${host} lies inside the network`)
