import { fuzzApart } from '../fuzz/apart.node.ts'
import { TARGETS } from '../fuzz/targets.ts'

const INPUTS = 1_000_000
/** Each starts from the samples again: what one has made of them does not keep others from other ways. */
const SEEDS = 10

export const soak = {
  name: 'fuzz',
  what: `${INPUTS} inputs for each of the ${TARGETS.length} readers of what clients send`,

  async run(log: (line: string) => void): Promise<string> {
    const failures: unknown[] = [] // What one reader cannot stand says nothing about the others.
    for (const { name } of TARGETS) {
      try {
        log(`${name}: ${await accepted(name)} of ${INPUTS} were read, the others refused`)
      } catch (error) {
        log(`${name} fails: ${String(error)}`)
        failures.push(error)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} readers fail`)
    return `${TARGETS.length} targets, ${INPUTS} inputs each: no crash, no hang, nothing polluted`
  },
}

async function accepted(name: string): Promise<number> {
  let sum = 0
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    sum += await fuzzApart(name, { seed, inputs: INPUTS / SEEDS })
  }
  return sum
}
