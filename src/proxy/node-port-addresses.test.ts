import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { addressesIn, nodePortRanges } from './node-port-addresses.ts'

test('nodePortRanges() are those that are named, or the addresses of the Node', () => {
  const own = ['192.0.2.1', 'fd00::1']
  assert.equal(nodePortRanges(undefined, own), undefined)
  assert.deepEqual(nodePortRanges('10.0.0.0/8,fd00::/8', own), ['10.0.0.0/8', 'fd00::/8'])
  assert.deepEqual(nodePortRanges('primary', own), ['192.0.2.1/32', 'fd00::1/128'])
})

test('addressesIn() are the addresses in one of the ranges', () => {
  const addresses = ['127.0.0.1', '10.0.0.1', 'fd00::1', '192.0.2.1']
  assert.deepEqual(addressesIn(['10.0.0.0/8', 'fd00::/8', '10.0.0.1/32'], addresses), [
    '10.0.0.1',
    'fd00::1',
  ])
  assert.deepEqual(addressesIn(['0.0.0.0/0'], addresses), ['127.0.0.1', '10.0.0.1', '192.0.2.1'])
})
