import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Endpoint } from './slice-endpoints.ts'
import { zoneHints, type ZoneShares } from './zone-hints.ts'

/** Ready endpoints in these zones. */
function endpointsIn(...zones: readonly string[]): readonly Endpoint[] {
  return zones.map((zone, i) => ({
    addresses: [`10.0.0.${i}`],
    conditions: { ready: true },
    zone,
  }))
}

const HALVES: ZoneShares = new Map([
  ['a', 0.5],
  ['b', 0.5],
])
const NOTHING = (): undefined => undefined

function zonesOf(...args: Parameters<typeof zoneHints>): readonly (string | undefined)[] {
  const hints = zoneHints(...args)
  assert.ok('zones' in hints, JSON.stringify(hints))
  return args[0].map((each) => hints.zones.get(each))
}

test('zoneHints() keep endpoints to their zone where each has enough', () => {
  assert.deepEqual(zonesOf(endpointsIn('a', 'b', 'a', 'b'), HALVES, NOTHING), ['a', 'b', 'a', 'b'])
})

test('zoneHints() lend endpoints to a zone that has too few', () => {
  const zones = zonesOf(endpointsIn('a', 'a', 'a', 'a'), HALVES, NOTHING)
  assert.equal(zones.filter((each) => each === 'b').length, 2)
})

test('zoneHints() leave what an endpoint is for as it is, as long as that is enough', () => {
  const endpoints = endpointsIn('a', 'a', 'b', 'b', 'a', 'a', 'b')
  const before = new Map(endpoints.slice(0, 4).map((each, i) => [each, ['b', 'a', 'a', 'b'][i]]))
  const zones = zonesOf(endpoints, HALVES, (each) => before.get(each))
  assert.deepEqual(zones.slice(0, 4), ['b', 'a', 'a', 'b'])
})

test('zoneHints() say why there are none', () => {
  const problem = (...args: Parameters<typeof zoneHints>): unknown => zoneHints(...args)
  assert.deepEqual(problem(endpointsIn('a', 'b'), undefined, NOTHING), {
    problem:
      'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes',
  })
  assert.deepEqual(problem(endpointsIn('a'), HALVES, NOTHING), {
    problem: 'Insufficient number of endpoints (1 endpoints, 2 zones)',
  })
  assert.deepEqual(problem(endpointsIn('a', 'b', 'a'), HALVES, NOTHING), {
    problem:
      'Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (3 endpoints, 2 zones)',
  })
  assert.deepEqual(problem(endpointsIn('a', ''), HALVES, NOTHING), {
    problem: 'One or more endpoints do not have a zone specified',
  })
})

test('zoneHints() overload no zone, and come to rest', () => {
  const zone = fc.constantFrom('a', 'b', 'c', 'gone')
  const cores = fc.integer({ min: 1, max: 64 })
  fc.assert(
    fc.property(
      fc.array(zone, { maxLength: 60 }),
      fc.array(fc.option(zone), { minLength: 60, maxLength: 60 }),
      fc.tuple(cores, cores, cores),
      (zones, earlier, [a, b, c]) => {
        const endpoints = endpointsIn(...zones)
        const all = a + b + c
        const shares = new Map(Object.entries({ a: a / all, b: b / all, c: c / all }))
        const before = new Map(endpoints.map((each, i) => [each, earlier[i] ?? undefined]))
        const first = zoneHints(endpoints, shares, (each) => before.get(each))
        if ('problem' in first) return
        const counts = Map.groupBy(first.zones.values(), (each) => each)
        for (const [name, share] of shares) {
          const least = Math.floor((share * endpoints.length) / 1.2)
          assert.ok(
            (counts.get(name)?.length ?? 0) >= least,
            `${name} of ${[...first.zones.values()].join(' ')}`,
          )
        }
        assert.equal(counts.get('gone'), undefined)
        const second = zoneHints(endpoints, shares, (each) => first.zones.get(each))
        assert.deepEqual(second, first)
      },
    ),
  )
})
