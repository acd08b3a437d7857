import { fuzzApart } from '../fuzz/apart.node.ts'
import { TARGETS } from '../fuzz/targets.ts'

const INPUTS = 1_000_000
/** Each starts from the samples again: what one has made of them does not keep others from other ways. */
const SEEDS = 10

export const soak = {
  name: 'fuzz',
  what: `${INPUTS} inputs for each of the ${TARGETS.length} readers of what clients send`,

  async run(log: (line: string) => void): Promise<string> {
    for (const { name } of TARGETS) {
      let accepted = 0
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        accepted += await fuzzApart(name, { seed, inputs: INPUTS / SEEDS })
      }
      log(`${name}: ${accepted} of ${INPUTS} were read, the others refused`)
    }
    return `${TARGETS.length} targets, ${INPUTS} inputs each: no crash, no hang, nothing polluted`
  },
}
