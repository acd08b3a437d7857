import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { busyboxArchive } from '../test/images/busybox-archive.node.ts'
import { type BenchCluster, seconds, startCluster, usageOf } from './cluster.ts'
import type { Figure, Row } from './row.ts'

export const START_ROWS: readonly Row[] = [
  {
    name: 'start',
    what: 'from the command to a ready API server, without nodes',
    measure: measureStart,
  },
  {
    name: 'idle',
    what: 'resident memory and processor time of an idle cluster',
    measure: measureIdle,
  },
  {
    name: 'dns',
    what: 'from the command to an answer of the cluster DNS in a Pod, image present',
    measure: measureDns,
  },
]

async function measureStart(): Promise<Figure[]> {
  await using cluster = await startCluster('--node', 'none')
  const ready = /API server ready\s+\d+ ms\s+\((\d+) ms/.exec(cluster.steps)
  return [
    {
      name: 'API ready',
      value: ready ? Number(ready[1]) : Number.NaN,
      unit: 'ms',
      goal: '1000',
      note: 'from the process start',
    },
    { name: 'up --detach returns', value: cluster.startMs, unit: 'ms' },
  ]
}

async function measureIdle(): Promise<Figure[]> {
  const canRunContainers = process.getuid?.() === 0
  await using cluster = await startCluster('--node', canRunContainers ? 'auto' : 'simulated')
  await seconds(10)
  const { pid, nodeAgentPid } = await cluster.status()
  const pids = nodeAgentPid === undefined ? [pid] : [pid, nodeAgentPid]
  const before = await Promise.all(pids.map(usageOf))
  await seconds(20)
  const after = await Promise.all(pids.map(usageOf))
  const cpu = after.reduce((sum, each, i) => sum + each.cpuSeconds - before[i]!.cpuSeconds, 0)
  const figures: Figure[] = [
    { name: 'control plane resident', value: after[0]!.residentMiB, unit: 'MiB', goal: '150' },
    { name: 'processor', value: (cpu / 20) * 100, unit: '% of a core', goal: '2' },
  ]
  if (after[1])
    figures.push({
      name: 'node agent resident',
      value: after[1].residentMiB,
      unit: 'MiB',
      goal: '100',
    })
  return figures
}

const IMAGE = 'localhost/trierarch-bench:1'

/** The first start loads the image; the second one is measured. */
async function measureDns(): Promise<Figure[]> {
  if (process.getuid?.() !== 0) return []
  await using cluster = await startCluster('--node', 'containerd')
  const archive = join(cluster.dataDir, 'bench-image.tar')
  await writeFile(archive, await busyboxArchive({ name: IMAGE }))
  await cluster.trierarch('image', 'load', archive)
  await cluster.trierarch('down')

  const start = performance.now()
  await cluster.trierarch('up', '--detach')
  const container = {
    name: 'ask',
    image: IMAGE,
    command: ['sh', '-c', 'until nslookup kubernetes.default.svc.cluster.local; do :; done'],
  }
  const spec = { restartPolicy: 'Never', containers: [container] }
  await untilServiceAccount(cluster)
  await cluster.kubectl('run', 'ask', `--image=${IMAGE}`, '--overrides', JSON.stringify({ spec }))
  await cluster.kubectl(
    'wait',
    'pod/ask',
    '--for=jsonpath={.status.phase}=Succeeded',
    '--timeout=60s',
  )
  const ms = performance.now() - start
  return [
    {
      name: 'DNS answered in a Pod',
      value: ms / 1000,
      unit: 's',
      goal: '6',
      note: 'until the Pod that asked has ended',
    },
  ]
}

async function untilServiceAccount(cluster: BenchCluster): Promise<void> {
  await cluster.kubectl('wait', 'serviceaccount/default', '--for=create', '--timeout=30s')
}
