import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { simulate } from './simulate.ts'

const SEEDS = 20
/** Virtual minutes of disasters; `npm run simulate` and the soak run take longer ones. */
const MINUTES = 3

for (let seed = 1; seed <= SEEDS; seed += 1) {
  test(`seed ${seed}: no invariant breaks, all comes to rest, and a second run writes the very same`, async () => {
    const first = await simulate({ seed, minutes: MINUTES })
    const second = await simulate({ seed, minutes: MINUTES })
    assert.ok(first.writes > 100)
    assert.deepEqual(second, first)
  })
}

test('another seed is another run', async () => {
  const [one, other] = [
    await simulate({ seed: 1, minutes: 1 }),
    await simulate({ seed: 2, minutes: 1 }),
  ]
  assert.notEqual(one.digest, other.digest)
})
