import { spawnSync } from 'node:child_process'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigMap } from '../src/api/core/v1/config-map.ts'
import { Deployment } from '../src/api/apps/v1/deployment.ts'
import { installPackage } from '../scripts/installed-package.ts'
import { Cluster } from '../src/index.ts'
import { figure, load, measured, type Measured } from './measured.ts'
import type { Figure, Row } from './row.ts'

/** What it costs to have a cluster inside of a test. */
export const EMBEDDED_ROWS: readonly Row[] = [
  {
    name: 'embedded',
    what: 'clusters inside this process: start, stop, side by side, fork',
    measure: measureEmbedded,
  },
  {
    name: 'virtual-time',
    what: 'virtual time of a cluster of 100 nodes with 1,000 Pods at rest',
    measure: measureVirtualTime,
  },
  {
    name: 'idle-nodes',
    what: 'processor time of an idle cluster of 1,000 simulated nodes',
    measure: measureIdleNodes,
  },
]

const SIDE_BY_SIDE = 20
const FORK_OBJECTS = 10_000
const STARTS = 5

async function measureEmbedded(): Promise<Figure[]> {
  const cold = await installedColdStart()
  for (let i = 0; i < STARTS; i += 1) await (await Cluster.start())[Symbol.asyncDispose]()
  const cluster = await measured(() => Cluster.start())
  const stop = await measured(() => cluster.value[Symbol.asyncDispose]())
  const many = await measured(() =>
    Promise.all(Array.from({ length: SIDE_BY_SIDE }, () => Cluster.start())),
  )
  await Promise.all(many.value.map((each) => each[Symbol.asyncDispose]()))
  return [
    figure(
      'cold',
      cold,
      '400',
      'from the start of a new process, of the package as npm installs it',
    ),
    figure('warm', cluster, '150'),
    figure('stop', stop, '20'),
    figure(`${SIDE_BY_SIDE} at once`, many, '2000'),
    figure(`fork of ${FORK_OBJECTS} objects`, await measureFork(), '20', 'to the first read'),
  ]
}

const COLD = join(import.meta.dirname, 'embedded-cold.ts')
const COLD_STARTS = 5

/** The fastest of some: the first one reads from the disk, and the load of the machine only adds. */
async function installedColdStart(): Promise<Measured<undefined>> {
  await using installed = await installPackage()
  const program = join(installed.directory, 'cold.mjs')
  await copyFile(COLD, program)
  const starts = Array.from({ length: COLD_STARTS }, () => coldStart(program))
  return starts.reduce((best, each) => (each.ms < best.ms ? each : best))
}

/** A new process, as who runs one test has it. */
function coldStart(program: string): Measured<undefined> {
  const { stdout } = spawnSync(process.execPath, [program], { encoding: 'utf8' })
  const [ms, cpuMs] = stdout.trim().split(' ').map(Number)
  return { value: undefined, ms: ms!, cpuMs: cpuMs! }
}

async function measureFork(): Promise<Measured<unknown>> {
  await using cluster = await Cluster.start()
  const { client } = cluster
  for (let i = 0; i < FORK_OBJECTS; i += 1) {
    const metadata = { namespace: 'default', name: `c-${i}` }
    await client.create(ConfigMap, { metadata, data: { key: 'value' } })
  }
  const key = { namespace: 'default', name: 'c-1' }
  const read = async (): Promise<Cluster> => {
    const fork = await cluster.fork()
    await fork.client.get(ConfigMap, key)
    return fork
  }
  for (let i = 0; i < STARTS; i += 1) await (await read())[Symbol.asyncDispose]()
  const result = await measured(read)
  await result.value[Symbol.asyncDispose]()
  return result
}

const VIRTUAL_NODES = 100
const VIRTUAL_PODS = 1000
const VIRTUAL_MINUTES = 30

async function measureVirtualTime(): Promise<Figure[]> {
  await using cluster = await Cluster.start({ nodes: VIRTUAL_NODES, clock: 'virtual' })
  await cluster.apply(deployment(VIRTUAL_PODS))
  await cluster.eventually(
    async () => {
      const { status } = await cluster.client.get(Deployment, { namespace: 'default', name: 'web' })
      return status.availableReplicas === VIRTUAL_PODS
    },
    { within: '10m' },
  )
  await cluster.clock.advance('5m')
  const { ms, cpuMs } = await measured(() => cluster.clock.advance(`${VIRTUAL_MINUTES}m`))
  const virtualMs = VIRTUAL_MINUTES * 60_000
  const note = `by processor time ${Math.round(virtualMs / cpuMs)}; ${load()}`
  return [{ name: 'ratio', value: virtualMs / ms, unit: '× real time', goal: '1000', note }]
}

const IDLE_NODES = 1000
const IDLE_SECONDS = 20

async function measureIdleNodes(): Promise<Figure[]> {
  await using cluster = await Cluster.start({ nodes: IDLE_NODES })
  await wait(10)
  const before = process.cpuUsage()
  await wait(IDLE_SECONDS)
  const { user, system } = process.cpuUsage(before)
  const percent = (user + system) / 1e4 / IDLE_SECONDS
  const note = `${cluster.nodeNames.length} nodes; ${load()}`
  return [{ name: 'processor', value: percent, unit: '% of a core', goal: '5', note }]
}

function deployment(replicas: number): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, image: example }]
`
}

function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000)
  })
}
