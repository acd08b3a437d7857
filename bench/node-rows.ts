import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '../src/client/create-client.ts'
import { httpsTransport } from '../src/client/https-transport.node.ts'
import { loadKubeconfig } from '../src/client/kubeconfig.node.ts'
import type { Client } from '../src/client/client.ts'
import { Pod } from '../src/api/core/v1/pod.ts'
import { busyboxArchive } from '../test/images/busybox-archive.node.ts'
import { testNode, whyNoContainers } from '../test/containerd/test-node.node.ts'
import { type BenchCluster, seconds, startCluster, usageOf } from './cluster.ts'
import type { Figure, Row } from './row.ts'

export const NODE_ROWS: readonly Row[] = [
  {
    name: 'pod-start',
    what: 'a Pod from its creation to Running as a watch sees it, image present, beside the bare CRI calls',
    measure: measurePodStart,
  },
  {
    name: 'pods-100',
    what: '100 Pods on one node, and what its agent takes while they idle',
    measure: measureHundredPods,
  },
]

const ONE_BY_ONE = 30
const AT_ONCE = 100
const IDLE_SECONDS = 20
const IMAGE = 'localhost/trierarch-bench:1'
const SLEEP = 'trap "exit 0" TERM; while true; do sleep 1000 & wait $!; done'

async function measurePodStart(): Promise<Figure[]> {
  if ((await whyNoContainers()) !== false) return []
  const bare = await bareStarts()
  const ours: number[] = []
  await using cluster = await clusterWithImage()
  await usePods(cluster, async (client) => {
    await start(client, 'warm-up')
    for (let i = 0; i < ONE_BY_ONE; i++) ours.push(await start(client, `pod-${i}`))
  })
  const p50 = at(ours, 0.5)
  return [
    { name: 'Running p50', value: p50, unit: 'ms', goal: '300' },
    { name: 'Running p99', value: at(ours, 0.99), unit: 'ms', goal: '800' },
    {
      name: 'above the bare CRI calls',
      value: p50 - at(bare, 0.5),
      unit: 'ms',
      goal: '60',
      note: `which take ${Math.round(at(bare, 0.5))} ms`,
    },
  ]
}

/** Sandbox, container, start: what no agent can do without. */
async function bareStarts(): Promise<readonly number[]> {
  await using node = await testNode()
  const took: number[] = []
  for (let i = 0; i < ONE_BY_ONE; i++) {
    const startMs = performance.now()
    await node.runShell(await node.runPod(`pod-${i}`), 'main', SLEEP)
    took.push(performance.now() - startMs)
  }
  return took.slice(1)
}

async function measureHundredPods(): Promise<Figure[]> {
  if ((await whyNoContainers()) !== false) return []
  await using cluster = await clusterWithImage()
  const { nodeAgentPid } = await cluster.status()
  let startedMs = 0
  await usePods(cluster, async (client) => {
    const startMs = performance.now()
    await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => start(client, `pod-${i}`)))
    startedMs = performance.now() - startMs
  })
  await seconds(5)
  const before = await usageOf(nodeAgentPid!)
  await seconds(IDLE_SECONDS)
  const after = await usageOf(nodeAgentPid!)
  const cpu = (after.cpuSeconds - before.cpuSeconds) / IDLE_SECONDS
  return [
    { name: '100 Pods Running', value: startedMs / 1000, unit: 's', goal: '15' },
    { name: 'node agent, idle', value: cpu * 100, unit: '% of a core', goal: '3' },
    { name: 'node agent resident', value: after.residentMiB, unit: 'MiB', goal: '120' },
  ]
}

async function clusterWithImage(): Promise<BenchCluster> {
  await using stack = new AsyncDisposableStack()
  const cluster = stack.use(await startCluster('--node', 'containerd'))
  const archive = join(cluster.dataDir, 'bench-image.tar')
  await writeFile(archive, await busyboxArchive({ name: IMAGE }))
  await cluster.trierarch('image', 'load', archive)
  await cluster.kubectl('wait', 'serviceaccount/default', '--for=create', '--timeout=30s')
  stack.move()
  return cluster
}

async function usePods(
  { dataDir }: BenchCluster,
  use: (client: Client) => Promise<void>,
): Promise<void> {
  const loaded = await loadKubeconfig(join(dataDir, 'kubeconfig'))
  using transport = httpsTransport({ ...loaded, userAgent: 'trierarch-bench' })
  await use(createClient(transport))
}

/** Creates a Pod and waits until a watch shows it Running; answers how many milliseconds that took. */
async function start(client: Client, name: string): Promise<number> {
  const startMs = performance.now()
  const { metadata } = await client.create(Pod, {
    metadata: { name, namespace: 'default' },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: IMAGE, command: ['sh', '-c', SLEEP] }],
    },
  })
  const stop = new AbortController()
  const changes = client.watch(Pod, {
    namespace: 'default',
    fieldSelector: `metadata.name=${name}`,
    resourceVersion: metadata.resourceVersion,
    signal: stop.signal,
  })
  for await (const change of changes) {
    if (change.type !== 'MODIFIED' || change.object.status.phase !== 'Running') continue
    const tookMs = performance.now() - startMs
    stop.abort()
    return tookMs
  }
  throw new Error(`The watch of Pod ${name} ended`)
}

function at(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)]!
}
