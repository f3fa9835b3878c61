import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Block = readonly [Address, number]

/**
 * Whether a connection may be made.
 *
 * @param host - name or address as the URL has it, without brackets
 * @param address - the very address to connect to
 */
export type AddressGuard = (host: string, address: string) => boolean

/**
 * Lets connections go to public addresses, and to what the allow-list names.
 *
 * @param allowHosts - names, addresses and CIDR blocks
 * @throws Error naming an entry that is none of these
 */
export const createAddressGuard = (allowHosts: readonly string[]): AddressGuard => {
  const blocks: Block[] = []
  const names = new Set<string>()
  for (const entry of allowHosts) {
    const block = blockOf(entry)
    if (block !== null) blocks.push(block)
    else if (/^[\w.-]+$/.test(entry)) names.add(entry.toLowerCase())
    else throw new Error(`DOWNLOAD_ALLOW_HOSTS: ${entry} is no name, address or CIDR block`)
  }
  return (host, text) => {
    // An IPv4 address in IPv6 clothes (::ffff:127.0.0.1) is judged by what it is.
    const address = ipaddr.process(text)
    return isPublic(address) || names.has(host.toLowerCase()) || blocks.some(holds(address))
  }
}

const blockOf = (entry: string): Block | null => {
  const { IPv4, IPv6 } = ipaddr
  // IPv4 has short forms, where 10/8 is 0.0.0.10/8; nobody who writes it means that.
  if (IPv4.isValidFourPartDecimal(entry)) return [IPv4.parse(entry), 32]
  if (IPv4.isValidCIDRFourPartDecimal(entry)) return IPv4.parseCIDR(entry)
  if (IPv6.isValid(entry)) return [IPv6.parse(entry), 128]
  return IPv6.isValidCIDR(entry) ? IPv6.parseCIDR(entry) : null
}

const holds =
  (address: Address) =>
  ([network, bits]: Block): boolean =>
    network.kind() === address.kind() && address.match(network, bits)

/** The part of IPv6 that is given out for the whole Internet; the rest holds relics such as ::127.0.0.1. */
const globalIpv6 = ipaddr.IPv6.parse('2000::')

/** Everything with a special purpose in the registries of IANA is not public. */
const isPublic = (address: Address): boolean =>
  address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(globalIpv6, 3))
