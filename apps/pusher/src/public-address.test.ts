import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressRule, readBlock } from './public-address.ts'

const mayReach = addressRule([])

test.each([
  ['this host', '0.0.0.0'],
  ['the whole first block', '0.1.2.3'],
  ['private', '10.0.0.1'],
  ['private, the middle block', '172.16.0.1'],
  ['private, the end of the middle block', '172.31.255.255'],
  ['private, at home', '192.168.1.1'],
  ['carrier-grade NAT', '100.64.0.1'],
  ['metadata within carrier-grade NAT', '100.100.100.200'],
  ['loopback', '127.0.0.1'],
  ['loopback, any of it', '127.255.255.254'],
  ['link-local', '169.254.0.1'],
  ['metadata', '169.254.169.254'],
  ['metadata in public space', '168.63.129.16'],
  ['protocol assignments', '192.0.0.8'],
  ['documentation', '192.0.2.1'],
  ['documentation, second', '198.51.100.1'],
  ['documentation, third', '203.0.113.1'],
  ['6to4 relays', '192.88.99.1'],
  ['benchmarks', '198.19.255.255'],
  ['multicast', '224.0.0.1'],
  ['reserved', '240.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['unspecified IPv6', '::'],
  ['loopback IPv6', '::1'],
  ['IPv4-compatible', '::10.0.0.1'],
  ['IPv4-compatible and public', '::8.8.8.8'],
  ['IPv4-mapped', '::ffff:10.0.0.1'],
  ['IPv4-mapped in hex', '::ffff:7f00:1'],
  ['IPv4-mapped at length', '0:0:0:0:0:ffff:a9fe:a9fe'],
  ['IPv4-translated', '::ffff:0:10.0.0.1'],
  ['NAT64 of a private address', '64:ff9b::10.0.0.1'],
  ['NAT64 of metadata', '64:ff9b::a9fe:a9fe'],
  ['NAT64 for local use', '64:ff9b:1::808:808'],
  ['discard', '100::1'],
  ['unique local', 'fd00:ec2::254'],
  ['unique local, first half', 'fc00::1'],
  ['link-local IPv6', 'fe80::1'],
  ['link-local with a zone', 'fe80::1%eth0'],
  ['a public address with a zone', '2606:4700::1%eth0'],
  ['site-local', 'fec0::1'],
  ['multicast IPv6', 'ff02::1'],
  ['6to4', '2002:a00:1::1'],
  ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  ['ORCHID', '2001:20::1'],
  ['documentation IPv6', '2001:db8::1'],
  ['documentation IPv6, second', '3fff::1'],
  ['segment routing', '5f00::1'],
  ['no address', 'example.org'],
  ['nothing', ''],
  ['a short form', '127.1'],
])('U5 %s is refused: %s', (_what, address) => {
  expect(mayReach(address)).toBe(false)
})

test.each([
  '8.8.8.8',
  '172.15.255.255',
  '172.32.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '2606:4700::1111',
  '2a00:1450::1',
])('U5 the public address %s is not refused', (address) => {
  expect(mayReach(address)).toBe(true)
})

test('U5 public addresses behind NAT64, as networks without IPv4 have them, are not refused', () => {
  expect(mayReach('64:ff9b::8.8.8.8')).toBe(true)
})

test('U5 an address mapped into IPv6 is judged as itself, whatever it is', () => {
  const withLan = addressRule([readBlock('10.0.0.0/8')!])
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      expect(withLan(`::ffff:${address}`)).toBe(withLan(address))
      expect(withLan(`64:ff9b::${address}`)).toBe(withLan(address))
    }),
  )
})

test('U5 what is allowed is reached, and no more than that', () => {
  const rule = addressRule(['127.0.0.1', '10.1.0.0/16', 'fd00::/8'].map((text) => readBlock(text)!))
  expect(['127.0.0.1', '::ffff:127.0.0.1', '10.1.255.255', 'fd00::1'].map(rule)).toEqual([true, true, true, true])
  expect(['127.0.0.2', '10.2.0.0', 'fc00::1', '::1'].map(rule)).toEqual([false, false, false, false])
})
