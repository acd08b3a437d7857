import { test } from 'node:test'
import { PROPERTIES } from './properties.ts'
import { run } from './run.ts'

const SEEDS = 20
const ACTIONS = 20

for (const property of PROPERTIES) {
  test(`${property.name}, whatever goes wrong (${SEEDS} seeds)`, async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) await run(property, { seed, actions: ACTIONS })
  })
}
