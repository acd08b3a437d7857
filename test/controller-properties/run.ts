import { Cluster } from '../../src/index.ts'
import { randomInt, seededRandom, type Random } from '../../src/base/random.ts'
import type { StoreEvent } from '../../src/storage/store.ts'
import { tryAll } from './refusals.ts'
import { Trouble } from './trouble.ts'

/** What must hold, whatever goes wrong. */
export interface Property {
  readonly name: string
  /** Begins: makes what there is to be. Answers with what happens then, and how to see that all is well at the end. */
  begin(cluster: Cluster, random: Random): Promise<Play>
}

export interface Play {
  /** Does one thing. */
  act(): Promise<void>
  /** Looks at a write, and gives what is wrong with it. */
  check(event: StoreEvent): string | undefined
  /** Throws an assertion while the cluster has not come to rest. */
  assertConverged(): Promise<void>
}

export interface RunOptions {
  readonly seed: number
  /** How many things are done. */
  readonly actions: number
}

const NODES = 3
const STEP_MS_MAX = 4000
const TROUBLE_SHARE = 0.25
const CONVERGENCE = '30m'

/** Plays a property in virtual time, with trouble from a seed. Throws where it does not hold. Gives the number of writes. */
export async function run(property: Property, { seed, actions }: RunOptions): Promise<number> {
  const random = seededRandom(seed)
  const problems: unknown[] = []
  let play: Play | undefined
  let writes = 0
  await using cluster = await Cluster.start({
    nodes: NODES,
    clock: 'virtual',
    seed,
    freeze: true,
    onWrite(event) {
      writes += 1
      const problem = play?.check(event)
      if (problem !== undefined)
        problems.push(new Error(`${property.name}, revision ${event.revision}: ${problem}`))
    },
  })
  const begun = await property.begin(cluster, random)
  play = begun
  const trouble = new Trouble(cluster, random, (error) => problems.push(error))
  for (let i = 0; i < actions && problems.length === 0; i += 1) {
    if (random.next() < TROUBLE_SHARE) trouble.strike()
    // What is slow takes virtual time, so it is not waited for here.
    tryAll([begun.act()]).catch((error: unknown) => problems.push(error))
    await cluster.clock.advance(randomInt(random, STEP_MS_MAX))
  }
  trouble[Symbol.dispose]()
  if (problems.length === 0)
    await cluster.eventually(() => begun.assertConverged(), { within: CONVERGENCE })
  if (problems.length > 0) throw problems[0]
  return writes
}

/** The object that a write leaves, and the one before it, where they are of this resource. */
export function changeOf<T>(
  { key, entry, previous }: StoreEvent,
  resource: string,
): { readonly after: T | undefined; readonly before: T | undefined } | undefined {
  if (!key.startsWith(`/registry/${resource}/`)) return undefined
  return {
    after: entry?.value.object as T | undefined,
    before: previous?.value.object as T | undefined,
  }
}
