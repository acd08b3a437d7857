import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { PriorityLevelConfigurationSpec } from '../../api/flowcontrol/v1/priority-level-configuration.ts'
import { concurrencyLimits, lendAndBorrow, type Claim } from './concurrency.ts'
import { DemandIntegrator } from './seat-demand.ts'

const limited = (
  nominalConcurrencyShares: number,
  lendablePercent: number,
  borrowingLimitPercent?: number,
): PriorityLevelConfigurationSpec => ({
  type: 'Limited',
  limited: {
    nominalConcurrencyShares,
    lendablePercent,
    limitResponse: { type: 'Reject' },
    ...(borrowingLimitPercent !== undefined && { borrowingLimitPercent }),
  },
})

test('concurrencyLimits() divides the seats by shares', () => {
  const limits = concurrencyLimits(
    new Map<string, PriorityLevelConfigurationSpec>([
      ['a', limited(30, 50)],
      ['b', limited(10, 0, 50)],
      ['exempt', { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }],
    ]),
    100,
  )
  assert.deepEqual(Object.fromEntries(limits), {
    a: { nominal: 75, min: 37, max: 100 },
    b: { nominal: 25, min: 25, max: 38 },
    exempt: { nominal: 0, min: 0, max: 100 },
  })
})

const claims: fc.Arbitrary<readonly Claim[]> = fc.array(
  fc
    .tuple(fc.nat(100), fc.nat(100), fc.nat(100), fc.nat(300), fc.nat(300))
    .map(([nominal, lendable, borrowing, highest, smoothed]) => ({
      limits: {
        nominal,
        min: nominal - Math.round((nominal * lendable) / 100),
        max: nominal + borrowing,
      },
      highest,
      smoothed,
    })),
  { minLength: 1, maxLength: 8 },
)

test('lendAndBorrow() keeps to the bounds and gives nobody less than it uses of its own', () => {
  fc.assert(
    fc.property(claims, (all) => {
      const seats = lendAndBorrow(all, 0)
      const total = all.reduce((sum, { limits }) => sum + limits.nominal, 0)
      const sum = seats.reduce((a, b) => a + b, 0)
      assert.ok(sum <= total + all.length, `${sum} > ${total}`)
      all.forEach(({ limits: { min, max, nominal }, highest }, i) => {
        assert.ok(seats[i]! >= Math.max(min, Math.min(nominal, highest)) && seats[i]! <= max)
      })
    }),
  )
})

test('lendAndBorrow() gives idle seats to who needs them', () => {
  const limits = { nominal: 50, min: 10, max: 100 }
  const busy = { limits, highest: 200, smoothed: 200 }
  const idle = { limits, highest: 0, smoothed: 0 }
  assert.deepEqual(lendAndBorrow([busy, idle], 0), [90, 10])
  assert.deepEqual(lendAndBorrow([busy, busy], 0), [50, 50])
})

test('DemandIntegrator weighs each value by how long it held', () => {
  const demand = new DemandIntegrator(0)
  demand.set(4, 1)
  demand.set(0, 2)
  const { average, deviation, highest } = demand.read(4)
  assert.deepEqual([average, highest], [1, 4])
  assert.ok(Math.abs(deviation - Math.sqrt(3)) < 1e-9)
  assert.deepEqual(demand.read(8), { average: 0, deviation: 0, highest: 0 })
})
