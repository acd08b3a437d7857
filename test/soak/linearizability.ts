import assert from 'node:assert/strict'
import { seededRandom } from '../../src/base/random.ts'
import { contradictions } from '../linearizability/check.ts'
import { record } from '../linearizability/record.ts'
import { CHECKED } from '../linearizability/subjects.node.ts'

const SEEDS = 50
const OPTIONS = {
  clients: 12,
  operationsPerClient: 150,
  keys: ['/a/1', '/a/2', '/a/3', '/b/1', '/b/2', '/b/3'],
  folders: ['/a/', '/b/'],
}

export const soak = {
  name: 'linearizability',
  what: `${SEEDS} histories of concurrent clients of each store, and of API servers on each`,
  async run(log: (line: string) => void): Promise<string> {
    let operations = 0
    for (const checked of CHECKED) {
      const { name, skip, selects } = checked
      if (skip !== undefined) log(`${name}: skipped, ${skip}`)
      for (let seed = 1; seed <= SEEDS && skip === undefined; seed++) {
        await checked.run(async (subject) => {
          const history = await record(subject, { ...OPTIONS, selects, random: seededRandom(seed) })
          assert.deepEqual(contradictions(history), [], `seed ${seed}`)
          operations += history.operations.length
        })
      }
      log(name)
    }
    return `${operations} operations, no contradiction`
  },
}
