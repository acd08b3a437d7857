import { PROPERTIES } from '../controller-properties/properties.ts'
import { run } from '../controller-properties/run.ts'

const SEEDS = 500
const ACTIONS = 100

/** Each property of the controllers under hundreds of seeds of restarts, stale caches and lost calls. */
export const soak = {
  name: 'controllers',
  what: `${PROPERTIES.length} properties of controllers, ${SEEDS} seeds each`,

  async run(log: (line: string) => void): Promise<string> {
    let writes = 0
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      for (const property of PROPERTIES) {
        writes += await run(property, { seed, actions: ACTIONS }).catch((error: unknown) => {
          throw new Error(`${property.name}: seed ${seed} fails`, { cause: error })
        })
      }
      log(`seed ${seed}: ${writes} writes so far`)
    }
    return `${SEEDS} seeds of ${PROPERTIES.length} properties, ${writes} writes, none broken`
  },
}
