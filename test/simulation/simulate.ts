import { Cluster } from '../../src/index.ts'
import { randomInt, seededRandom } from '../../src/base/random.ts'
import { Namespace } from '../../src/api/core/v1/namespace.ts'
import { ResourceQuota } from '../../src/api/core/v1/resource-quota.ts'
import { assertConverged, assertNothingLost } from './converged.ts'
import { Disasters } from './disasters.ts'
import { Invariants, QUOTA_PODS } from './invariants.ts'
import { LIMITED, Workload } from './workload.ts'
import { WriteLog } from './write-log.ts'

export interface SimulationOptions {
  readonly seed: number
  /** How long things go wrong, in minutes of virtual time; 20 where absent. */
  readonly minutes?: number
  readonly onLine?: (line: string) => void
}

export interface SimulationResult {
  readonly writes: number
  /** Of the log of all writes. */
  readonly digest: string
  /** What the user asked for. */
  readonly calls: number
  readonly virtualMs: number
}

const NODES = 4
const STEP_MS_MAX = 10_000
const DISASTER_SHARE = 0.2
const CONVERGENCE = '30m'

/**
 * A cluster in virtual time, a user who does things at random, and disasters at random, all from one seed. Throws where
 * an invariant is broken, or where the cluster does not come to rest once nothing goes wrong any more.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const { seed, minutes = 20, onLine } = options
  const random = seededRandom(seed)
  const log = new WriteLog(onLine)
  const invariants = new Invariants({ nodesOff: () => disasters?.nodesOff ?? new Set() })
  const problems: unknown[] = []
  let now = (): number => 0
  let disasters: Disasters | undefined

  await using cluster = await Cluster.start({
    nodes: NODES,
    clock: 'virtual',
    seed,
    freeze: true,
    onWrite(event) {
      log.add(event, now())
      invariants.check(event)
    },
  })
  const startMs = cluster.clock.now()
  now = () => cluster.clock.now() - startMs
  await limit(cluster)
  const user = cluster.clientFor({ name: 'user', groups: ['system:masters'] })
  const workload = new Workload(user, random)
  disasters = new Disasters(cluster, random, (error) => problems.push(error))

  while (now() < minutes * 60_000) {
    if (random.next() < DISASTER_SHARE) disasters.strike()
    // Slow calls take virtual time, so they are not waited for here.
    workload.act().catch((error: unknown) => problems.push(error))
    await cluster.clock.advance(randomInt(random, STEP_MS_MAX))
    if (problems.length > 0) throw problems[0]
  }
  disasters[Symbol.dispose]()
  await cluster.clock.advance('1m') // Slow calls end.
  await assertNothingLost(cluster.client, workload.known())
  await cluster.eventually(() => assertConverged(cluster.client), { within: CONVERGENCE })
  await assertNothingLost(cluster.client, workload.known())
  if (problems.length > 0) throw problems[0]
  if (invariants.violations.length > 0) throw new Error(invariants.violations.join('\n'))
  return { ...log.summary(), calls: workload.calls, virtualMs: now() }
}

async function limit({ client }: Cluster): Promise<void> {
  await client.create(Namespace, { metadata: { name: LIMITED } })
  const hard = { pods: String(QUOTA_PODS) }
  const metadata = { namespace: LIMITED, name: 'quota' }
  await client.create(ResourceQuota, { metadata, spec: { hard } })
}
