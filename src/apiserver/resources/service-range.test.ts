import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../base/random.ts'
import { addressesOfRange, addressOf, isInRange, serviceRange } from './service-range.ts'

test('addressesOfRange(): addresses of the lower band come last, and all come once', () => {
  const given = [...addressesOfRange(serviceRange('10.0.0.0/26'), seededRandom(1))]
  assert.equal(given.length, 62)
  assert.equal(new Set(given).size, 62)
  assert.ok(given.slice(0, 46).every((each) => Number(each.split('.')[3]) > 16))
})

test('isInRange() knows neither the network nor the broadcast address', () => {
  const range = serviceRange('10.0.0.0/26')
  assert.deepEqual(
    ['10.0.0.0', '10.0.0.1', '10.0.0.62', '10.0.0.63', '10.0.1.1', 'fd00::1', 'x'].map((each) =>
      isInRange(range, each),
    ),
    [false, true, true, false, false, false, false],
  )
})

test('a long IPv6 range gives out its addresses too', () => {
  const range = serviceRange('fd00:10:96::/64')
  assert.equal(addressOf(range, 1), 'fd00:10:96::1')
  const [any] = addressesOfRange(range, seededRandom(1))
  assert.ok(isInRange(range, any!))
})

test('ranges of one, two and four addresses give out what they have', () => {
  const sizes = ['10.0.0.0/30', '10.0.0.0/31', '10.0.0.0/32', 'fd00::/128'].map(
    (cidr) => [...addressesOfRange(serviceRange(cidr), seededRandom(1))].length,
  )
  assert.deepEqual(sizes, [2, 0, 0, 0])
})

test('serviceRange() refuses what is no range', () => {
  assert.throws(
    () => serviceRange('10.0.0.0'),
    /Cannot use Service range: 10\.0\.0\.0 is not a CIDR/,
  )
})
