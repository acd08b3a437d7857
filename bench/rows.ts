import { fork } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BenchCluster, seconds, startCluster, usageOf } from './cluster.ts'
import { busyboxArchive } from '../test/images/busybox-archive.node.ts'
import { ENCODING_ROWS } from './encoding-rows.ts'
import { FLOW_CONTROL_ROWS } from './flow-control-rows.ts'
import { CEL_ROWS } from './cel-rows.ts'
import { CUSTOM_RESOURCE_ROWS } from './custom-resource-rows.ts'
import { EMBEDDED_ROWS } from './embedded-rows.ts'
import { Connection, type Target } from './http-client.ts'
import { STORE_ROWS } from './store-rows.ts'
import type { LoadResult } from './load.ts'
import { runLoad } from './run-load.ts'

/** One measured value, with the goal that an issue or a promise sets. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly goal?: string
  /** What it stands beside: the same in another server, the client's own cost. */
  readonly note?: string
}

/** One row of the benchmark: measures once and gives its figures. The frame repeats it and takes medians. */
export interface Row {
  readonly name: string
  readonly what: string
  /** Whether it can be run against another Kubernetes API server too. */
  readonly againstOthers: boolean
  measure(context: Context): Promise<readonly Figure[]>
}

export interface Context {
  /** The server to measure: `--against`, or a cluster of our own that the row starts. */
  readonly against?: Target
}

const SECONDS = 3

export const ROWS: readonly Row[] = [
  {
    name: 'start',
    what: 'from the command to a ready API server, without nodes',
    againstOthers: false,
    measure: measureStart,
  },
  {
    name: 'idle',
    what: 'resident memory and processor time of an idle cluster',
    againstOthers: false,
    measure: measureIdle,
  },
  {
    name: 'dns',
    what: 'from the command to an answer of the cluster DNS in a Pod, image present',
    againstOthers: false,
    measure: measureDns,
  },
  {
    name: 'get',
    what: 'GET of one Pod, 32 connections',
    againstOthers: true,
    measure: (context) => withTarget(context, measureGet),
  },
  {
    name: 'list',
    what: 'LIST of 2,000 Pods, 8 connections',
    againstOthers: true,
    measure: (context) => withTarget(context, measureList),
  },
  {
    name: 'create',
    what: 'durable creates, 50 connections',
    againstOthers: true,
    measure: (context) => withTarget(context, measureCreate),
  },
  ...ENCODING_ROWS,
  ...FLOW_CONTROL_ROWS,
  ...CEL_ROWS,
  ...CUSTOM_RESOURCE_ROWS,
  ...EMBEDDED_ROWS,
  ...STORE_ROWS,
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

async function withTarget(
  context: Context,
  measure: (target: Target, cluster?: BenchCluster) => Promise<Figure[]>,
): Promise<Figure[]> {
  if (context.against) return measure(context.against)
  await using cluster = await startCluster('--node', 'none')
  return await measure(cluster.target, cluster)
}

const NAMESPACE = 'trierarch-bench'
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`

async function measureGet(target: Target, cluster?: BenchCluster): Promise<Figure[]> {
  await withPods(target, 1)
  const load = {
    target,
    connections: 32,
    seconds: SECONDS,
    method: 'GET',
    path: `${PODS}/pod-0`,
    prefix: 'get',
  }
  const ours = await runLoad(load)
  const figures = [perSecond('GET', ours, '15000')]
  if (cluster) figures.push(await ratioToBareServer(cluster, `${PODS}/pod-0`, 'GET', ours, load))
  return figures
}

async function measureList(target: Target, cluster?: BenchCluster): Promise<Figure[]> {
  await withPods(target, 2000)
  const load = {
    target,
    connections: 8,
    seconds: SECONDS,
    method: 'GET',
    path: PODS,
    prefix: 'list',
  }
  const ours = await runLoad(load)
  const figures = [
    perSecond('LIST', ours, '150'),
    { name: 'LIST answer', value: ours.bytes / ours.requests / 1e6, unit: 'MB' },
  ]
  if (cluster) figures.push(await ratioToBareServer(cluster, PODS, 'LIST', ours, load))
  return figures
}

async function measureCreate(target: Target): Promise<Figure[]> {
  await withPods(target, 0)
  const body = JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: '{n}' },
    data: { key: 'x'.repeat(1000) },
  })
  const path = `/api/v1/namespaces/${NAMESPACE}/configmaps`
  const prefix = `create-${process.pid}-${Math.round(performance.now())}`
  const ours = await runLoad({
    target,
    connections: 50,
    seconds: SECONDS,
    method: 'POST',
    path,
    body,
    prefix,
  })
  return [
    perSecond('create', ours, '3500'),
    { name: 'create p99', value: ours.p99, unit: 'ms', goal: '100' },
    { name: 'create errors', value: ours.errors, unit: '', goal: '0' },
  ]
}

function perSecond(
  name: string,
  { requests, seconds: took, clientCpu }: LoadResult,
  goal: string,
): Figure {
  return {
    name,
    value: requests / took,
    unit: '/s',
    goal,
    note: `client used ${Math.round(clientCpu * 100)} % of a core`,
  }
}

/** The same answer from a bare node:https server, measured right after. */
async function ratioToBareServer(
  cluster: BenchCluster,
  path: string,
  name: string,
  ours: LoadResult,
  load: Parameters<typeof runLoad>[0],
): Promise<Figure> {
  const connection = await Connection.open(cluster.target)
  const { body } = await connection.send('GET', path)
  connection.close()
  const file = (each: string): string => join(cluster.dataDir, `bench-${each}`)
  const { cert, key } = cluster.target
  await Promise.all([
    writeFile(file('cert'), cert!),
    writeFile(file('key'), key!),
    writeFile(file('body'), body),
  ])
  const server = fork(join(import.meta.dirname, 'bare-server.ts'), [
    file('cert'),
    file('key'),
    file('body'),
  ])
  const port = await new Promise<number>((resolve) =>
    server.once('message', (message) => resolve(message as number)),
  )
  const bare = await runLoad({ ...load, target: { host: '127.0.0.1', port } })
  server.disconnect()
  const [a, b] = [ours.requests / ours.seconds, bare.requests / bare.seconds]
  return {
    name: `${name} against a bare server`,
    value: a / b,
    unit: '×',
    goal: '0.7',
    note: `bare server ${Math.round(b)} /s`,
  }
}

/** Makes sure that the namespace is there with so many Pods of some 1.7 KB. */
async function withPods(target: Target, count: number): Promise<void> {
  const connection = await Connection.open(target)
  await connection.send(
    'POST',
    '/api/v1/namespaces',
    JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }),
  )
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }
  await connection.send(
    'POST',
    `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`,
    JSON.stringify(account),
  )
  for (let i = 0; i < count; i++) {
    const { status, body } = await connection.send(
      'POST',
      PODS,
      JSON.stringify(examplePod(`pod-${i}`)),
    )
    if (status >= 300 && status !== 409) throw new Error(`Cannot create a Pod: ${body.toString()}`)
  }
  connection.close()
}

function examplePod(name: string): unknown {
  const container = (id: string): unknown => ({
    name: id,
    image: `registry.example/${id}:1.2.3`,
    ports: [{ name: 'http', containerPort: 8080 }],
    env: [{ name: 'LOG_LEVEL', value: 'info' }],
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
    readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 5 },
  })
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'bench', 'pod-template-hash': '5d8f7c9b6d' } },
    spec: { containers: [container('web')], nodeSelector: { 'bench.example/never': 'true' } },
  }
}
