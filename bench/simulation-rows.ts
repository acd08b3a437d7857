import { keepAlive } from '../src/base/clock.node.ts'
import { Cluster } from '../src/index.ts'
import { load, measured } from './measured.ts'
import { rollOut } from './roll-out.ts'
import type { Figure, Row } from './row.ts'

/** How large a cluster can be simulated. */
export const SIMULATION_ROWS: readonly Row[] = [
  {
    name: 'simulated-500',
    what: '500 simulated nodes with 10,000 Pods, from nothing to all running',
    measure: () => measureSize({ nodes: 500, pods: 10_000 }, {}),
  },
  {
    name: 'simulated-10000',
    what: '10,000 simulated nodes with 100,000 Pods, from nothing to all running',
    measure: () => measureSize({ nodes: 10_000, pods: 100_000 }, { seconds: '60', memory: '4' }),
  },
]

const PODS_PER_DEPLOYMENT = 1000

interface Size {
  readonly nodes: number
  readonly pods: number
}

async function measureSize(
  { nodes, pods }: Size,
  goals: { readonly seconds?: string; readonly memory?: string },
): Promise<readonly Figure[]> {
  const started = await measured(() => Cluster.start({ nodes }))
  await using cluster = started.value
  using _ = keepAlive()
  const count = Math.ceil(pods / PODS_PER_DEPLOYMENT)
  let peakBytes = 0
  const onProgress = (): void => {
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
  }
  const ran = await measured(() => rollOut(cluster, { count, replicas: pods / count, onProgress }))
  const cpuSeconds = (started.cpuMs + ran.cpuMs) / 1000
  const note = `${cpuSeconds.toFixed(1)} s of processor time; ${load()}`
  return [
    { name: 'nodes ready', value: started.ms / 1000, unit: 's', note },
    {
      name: 'all running',
      value: (started.ms + ran.ms) / 1000,
      unit: 's',
      note,
      ...goal(goals.seconds),
    },
    { name: 'memory', value: peakBytes / 2 ** 30, unit: 'GiB', ...goal(goals.memory) },
  ]
}

function goal(text: string | undefined): Pick<Figure, 'goal'> {
  return text === undefined ? {} : { goal: text }
}
