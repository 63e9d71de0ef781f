import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** A block of addresses as `address/prefix`; undefined when the text is none. A bare address is a block of one. */
export type Block = { address: string; prefix: number; family: 'ipv4' | 'ipv6' }

/** Reads `10.0.0.0/8`, `fd00::/8` or `127.0.0.1`. */
export function readBlock(text: string): Block | undefined {
  const match = /^([0-9A-Fa-f:.]+)(?:\/(\d{1,3}))?$/.exec(text)
  const address = match?.[1] ?? ''
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined
  if (!family) return undefined
  const longest = family === 'ipv4' ? 32 : 128
  const prefix = Number(match?.[2] ?? longest)
  return prefix > longest ? undefined : { address, prefix, family }
}

/** Blocks to look addresses up in; each family by itself, so that no mapped spelling of one matches the other. */
function lookUp(blocks: Block[]): (address: string, family: Block['family']) => boolean {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const { address, prefix, family } of blocks) lists[family].addSubnet(address, prefix, family)
  return (address, family) => lists[family].check(address, family)
}

const listed = (text: string) =>
  lookUp(
    text
      .trim()
      .split(/\s+/)
      .map((block) => readBlock(block)!),
  )

/**
 * What is no public IPv4 address: the special-purpose registry of IANA, the multicast and reserved classes, and one
 * address in public space that reaches the metadata of virtual machines (the last).
 */
const specialIpv4 = listed(`
  0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
  192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24
  203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 168.63.129.16/32`)

/** IPv6 is the other way round: only this block is given out, so everything else is refused without a list. */
const globalIpv6 = listed('2000::/3')

/** In that block: protocol assignments with Teredo, documentation, 6to4, the old 6bone, and a sink of DNS. */
const specialIpv6 = listed('2001::/23 2001:db8::/32 2002::/16 3ffe::/16 3fff::/20 2620:4f:8000::/48')

/** Addresses that only carry an IPv4 address: mapped ones, and those a NAT64 translates. */
const carriers = listed('::ffff:0:0/96 64:ff9b::/96')

/**
 * Whether a delivery may go to this address: a public one, or one in `allowed`. An IPv6 address that carries an IPv4 one
 * is judged by that. Whatever is no plain address, one with a zone included, is refused.
 */
export function addressRule(allowed: Block[]): (address: string) => boolean {
  const isAllowed = lookUp(allowed)
  return (address) => {
    if (isIPv4(address)) return isAllowed(address, 'ipv4') || !specialIpv4(address, 'ipv4')
    if (!isIPv6(address) || address.includes('%')) return false
    if (carriers(address, 'ipv6')) {
      const inner = carriedIpv4(address)
      return isAllowed(inner, 'ipv4') || !specialIpv4(inner, 'ipv4')
    }
    return isAllowed(address, 'ipv6') || (globalIpv6(address, 'ipv6') && !specialIpv6(address, 'ipv6'))
  }
}

/** The last 32 bits, whatever the spelling: a URL writes every IPv6 address in hex. */
function carriedIpv4(address: string): string {
  const [high = 0, low = 0] = new URL(`http://[${address}]/`).hostname
    .slice(1, -1)
    .split(':')
    .slice(-2)
    .map((group) => Number.parseInt(group || '0', 16))
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
