import { loadavg } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { Deployment } from '../src/api/apps/v1/deployment.ts'
import { Cluster } from '../src/index.ts'
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
const SAMPLE_MS = 250

interface Size {
  readonly nodes: number
  readonly pods: number
}

async function measureSize(
  { nodes, pods }: Size,
  goals: { readonly seconds?: string; readonly memory?: string },
): Promise<readonly Figure[]> {
  const before = process.cpuUsage()
  const startMs = performance.now()
  const secondsSince = (): number => (performance.now() - startMs) / 1000
  await using cluster = await Cluster.start({ nodes })
  const nodesReady = secondsSince()
  const count = Math.ceil(pods / PODS_PER_DEPLOYMENT)
  for (let i = 0; i < count; i += 1) await cluster.apply(deployment(`web-${i}`, pods / count))
  let peakBytes = 0
  while ((await available(cluster)) < pods) {
    peakBytes = Math.max(peakBytes, process.memoryUsage().rss)
    await wait(SAMPLE_MS)
  }
  const seconds = secondsSince()
  const { user, system } = process.cpuUsage(before)
  // A figure of a busy machine says little without it.
  const note = `${((user + system) / 1e6).toFixed(1)} s of processor time; load ${loadavg()[0]!.toFixed(1)}`
  return [
    { name: 'nodes ready', value: nodesReady, unit: 's', note },
    { name: 'all running', value: seconds, unit: 's', note, ...goal(goals.seconds) },
    { name: 'memory', value: peakBytes / 2 ** 30, unit: 'GiB', ...goal(goals.memory) },
  ]
}

function goal(text: string | undefined): Pick<Figure, 'goal'> {
  return text === undefined ? {} : { goal: text }
}

async function available({ client }: Cluster): Promise<number> {
  const { items } = await client.list(Deployment, { namespace: 'default' })
  return items.reduce((sum, { status }) => sum + (status.availableReplicas ?? 0), 0)
}

function deployment(name: string, replicas: number): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers: [{ name: web, image: example }]
`
}
