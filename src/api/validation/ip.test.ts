import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { texts } from '../testing.ts'
import {
  canonicalIpProblems,
  cidrWarnings,
  formatIp,
  isSubset,
  parseCidr,
  parseIp,
  validateCidr,
  validateIp,
} from './ip.ts'

const NO_IP = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
const NO_CIDR = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'

const ADDRESSES: Readonly<Record<string, string | undefined>> = {
  '10.0.0.1': undefined,
  '2001:DB8::0:1': undefined,
  '': NO_IP,
  '10.0.0': NO_IP,
  '10.0.0.256': NO_IP,
  'fe80::1%eth0': NO_IP,
  '010.0.0.1': 'must not have leading 0s',
  '::ffff:10.0.0.1': 'must not be an IPv4-mapped IPv6 address',
}

for (const [value, problem] of Object.entries(ADDRESSES)) {
  test(`validateIp() of ${JSON.stringify(value)}`, () =>
    assert.deepEqual(
      texts(validateIp(value, 'ip')),
      problem === undefined ? [] : [`ip: Invalid value: "${value}": ${problem}`],
    ))
}

const RANGES: Readonly<Record<string, string | undefined>> = {
  '10.0.0.0/8': undefined,
  '::/0': undefined,
  '10.0.0.0': NO_CIDR,
  '10.0.0.0/33': NO_CIDR,
  '10.0.0.0/08': 'must not have leading 0s in IP or prefix length',
  '10.0.0.1/8': 'must not have bits set beyond the prefix length',
  '::ffff:10.0.0.0/24': 'must not have an IPv4-mapped IPv6 address',
}

for (const [value, problem] of Object.entries(RANGES)) {
  test(`validateCidr() of ${JSON.stringify(value)}`, () =>
    assert.deepEqual(
      texts(validateCidr(value, 'range')),
      problem === undefined ? [] : [`range: Invalid value: "${value}": ${problem}`],
    ))
}

test('old values may stay as they are', () => {
  assert.deepEqual(validateIp('010.0.0.1', 'ip', ['010.0.0.1']), [])
  assert.deepEqual(validateCidr('10.0.0.1/8', 'range', ['10.0.0.1/8']), [])
})

test('newer fields take the canonical form only', () => {
  assert.deepEqual(canonicalIpProblems('2001:db8::1'), [])
  assert.deepEqual(canonicalIpProblems('2001:DB8::1'), [
    'must be in canonical form ("2001:db8::1")',
  ])
  assert.deepEqual(cidrWarnings('2001:DB8::/64', 'x'), [
    'x: IPv6 CIDR value "2001:DB8::/64" should be in RFC 5952 canonical format ("2001:db8::/64")',
  ])
})

test('isSubset() compares the bits of the network', () => {
  const within = (inner: string, range: string): boolean =>
    isSubset(parseCidr(inner)!, parseCidr(range)!)
  assert.equal(within('10.1.0.0/16', '10.0.0.0/8'), true)
  assert.equal(within('11.0.0.0/16', '10.0.0.0/8'), false)
  assert.equal(within('10.12.0.0/14', '10.8.0.0/13'), true)
  assert.equal(within('::/64', '0.0.0.0/0'), false)
})

test('formatIp() is read back by parseIp()', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const ip = parseIp(text)!
      assert.deepEqual(parseIp(formatIp(ip)), ip)
    }),
  )
})
