import { type BenchCluster, startCluster, usageOf } from './cluster.ts'
import { Connection, type Target } from './http-client.ts'
import type { Load, LoadResult } from './load.ts'
import type { Context, Figure, Row } from './row.ts'
import { runLoad } from './run-load.ts'
import { startBare } from './start-bare.ts'

const SECONDS = 4
const WARM_UP_SECONDS = 3

export const REQUEST_ROWS: readonly Row[] = [
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
    measure: (context) =>
      withTarget(context, (target, cluster) => measureCreate(target, 50, cluster)),
  },
  {
    name: 'create-1000',
    what: 'durable creates, 1,000 connections',
    againstOthers: true,
    measure: (context) =>
      withTarget(context, (target, cluster) => measureCreate(target, 1000, cluster)),
  },
]

/** Measures the server that was named, or a cluster that is started for it. */
export async function withTarget(
  context: Context,
  measure: (target: Target, cluster?: BenchCluster) => Promise<Figure[]>,
): Promise<Figure[]> {
  if (context.against) return measure(context.against)
  await using cluster = await startCluster('--node', 'none')
  await eventLoopDelay(cluster.target) // Counted from here on.
  const figures = await measure(cluster.target, cluster)
  const p99 = await eventLoopDelay(cluster.target)
  return [...figures, { name: 'event-loop delay p99', value: p99, unit: 'ms', goal: '10' }]
}

const RESOLUTION_MS = 10 // Of Node.js's measurement, which it counts in.

/** The server's delay since it was last asked, in milliseconds. */
async function eventLoopDelay(target: Target): Promise<number> {
  const connection = await Connection.open(target)
  const { body } = await connection.send('GET', '/metrics')
  connection.close()
  const lag = /^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(body.toString())
  return Math.max(0, Number(lag?.[1]) * 1000 - RESOLUTION_MS)
}

export const NAMESPACE = 'trierarch-bench'
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`

async function measureGet(target: Target, cluster?: BenchCluster): Promise<Figure[]> {
  await withPods(target, 1)
  const load = {
    target,
    connections: 32,
    seconds: SECONDS,
    warmUpSeconds: WARM_UP_SECONDS,
    method: 'GET',
    path: `${PODS}/pod-0`,
    prefix: 'get',
  }
  if (!cluster) return [perSecond('GET', await runLoad(load), '15000')]
  const ours = await loadAndCost(load, (await cluster.status()).pid)
  const beside = await besideBareServer(cluster, `${PODS}/pod-0`, 'GET', ours, load)
  return [perSecond('GET', ours, '15000'), ...beside]
}

async function measureList(target: Target, cluster?: BenchCluster): Promise<Figure[]> {
  await withPods(target, 2000)
  const load = {
    target,
    connections: 8,
    seconds: SECONDS,
    warmUpSeconds: WARM_UP_SECONDS,
    method: 'GET',
    path: PODS,
    prefix: 'list',
  }
  if (!cluster) return [perSecond('LIST', await runLoad(load), '150')]
  const ours = await loadAndCost(load, (await cluster.status()).pid)
  return [
    perSecond('LIST', ours, '150'),
    { name: 'LIST answer', value: ours.bytes / ours.requests / 1e6, unit: 'MB' },
    ...(await besideBareServer(cluster, PODS, 'LIST', ours, load)),
  ]
}

async function measureCreate(
  target: Target,
  connections: number,
  cluster?: BenchCluster,
): Promise<Figure[]> {
  await withPods(target, 0)
  const body = JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: '{n}' },
    data: { key: 'x'.repeat(1000) },
  })
  const load = {
    target,
    connections,
    seconds: SECONDS,
    warmUpSeconds: WARM_UP_SECONDS,
    method: 'POST',
    path: `/api/v1/namespaces/${NAMESPACE}/configmaps`,
    body,
    prefix: `create-${process.pid}-${Math.round(performance.now())}`,
  }
  const cost = cluster && (await loadAndCost(load, (await cluster.status()).pid))
  const ours = cost ?? (await runLoad(load))
  return [
    perSecond('create', ours, ...(connections === 50 ? ['3500'] : [])),
    {
      name: 'create p99',
      value: ours.p99,
      unit: 'ms',
      ...(connections === 50 && { goal: '100' }),
    },
    { name: 'create errors', value: ours.errors, unit: '', goal: '0' },
    ...(cost ? [{ name: 'processor time of a create', value: cost.serverMicros, unit: 'µs' }] : []),
  ]
}

function perSecond(
  name: string,
  { requests, seconds: took, clientCpu }: LoadResult,
  goal?: string,
): Figure {
  return {
    name,
    value: requests / took,
    unit: '/s',
    ...(goal !== undefined && { goal }),
    note: `client used ${Math.round(clientCpu * 100)} % of a core`,
  }
}

interface LoadAndCost extends LoadResult {
  /** Processor time of the server for a request, the warm-up left out, in microseconds. */
  readonly serverMicros: number
}

async function loadAndCost(load: Load, pid: number): Promise<LoadAndCost> {
  const warmUp = { seconds: load.warmUpSeconds, warmUpSeconds: 0, prefix: `${load.prefix}-warm` }
  await runLoad({ ...load, ...warmUp })
  const before = await usageOf(pid)
  const result = await runLoad({ ...load, warmUpSeconds: 0 })
  const after = await usageOf(pid)
  const serverMicros = ((after.cpuSeconds - before.cpuSeconds) / result.requests) * 1e6
  return { ...result, serverMicros }
}

/** The same answer from a bare node:https server, measured right after. */
async function besideBareServer(
  cluster: BenchCluster,
  path: string,
  name: string,
  ours: LoadAndCost,
  load: Load,
): Promise<Figure[]> {
  const connection = await Connection.open(cluster.target)
  const { body } = await connection.send('GET', path)
  connection.close()
  using server = await startBare('bare-server.ts', cluster, body)
  const bare = await loadAndCost({ ...load, target: server.target }, server.pid)
  const [a, b] = [ours.requests / ours.seconds, bare.requests / bare.seconds]
  return [
    {
      name: `${name} against a bare server`,
      value: a / b,
      unit: '×',
      goal: '0.7',
      note: `bare server ${Math.round(b)} /s, client ${Math.round(bare.clientCpu * 100)} % of a core`,
    },
    {
      name: `processor time of a ${name}`,
      value: ours.serverMicros,
      unit: 'µs',
      note: `bare server ${Math.round(bare.serverMicros)} µs`,
    },
  ]
}

/** Makes sure that the namespace is there with so many Pods. */
export async function withPods(
  target: Target,
  count: number,
  { connections = 1, pod = smallPod }: PodsOptions = {},
): Promise<void> {
  const connection = await Connection.open(target)
  const metadata = { name: NAMESPACE }
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata }
  await connection.send('POST', '/api/v1/namespaces', JSON.stringify(namespace))
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }
  const accounts = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`
  await connection.send('POST', accounts, JSON.stringify(account))
  connection.close()
  await Promise.all(
    Array.from({ length: connections }, (_, first) =>
      createPods(target, { first, count, step: connections, pod }),
    ),
  )
}

interface PodsOptions {
  readonly connections?: number
  readonly pod?: (name: string) => object
}

interface PodsShare extends Required<Pick<PodsOptions, 'pod'>> {
  readonly first: number
  readonly count: number
  readonly step: number
}

async function createPods(target: Target, { first, count, step, pod }: PodsShare): Promise<void> {
  const connection = await Connection.open(target)
  for (let i = first; i < count; i += step) {
    const text = JSON.stringify(pod(`pod-${i}`))
    const { status, body } = await connection.send('POST', PODS, text)
    if (status >= 300 && status !== 409) throw new Error(`Cannot create a Pod: ${body.toString()}`)
  }
  connection.close()
}

/** A Pod as small as can be. */
function smallPod(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'bench' } },
    spec: {
      containers: [{ name: 'web', image: 'registry.example/web:1.2.3' }],
      nodeSelector: { 'bench.example/never': 'true' },
    },
  }
}

/** A Pod of 4 KB as it is stored. */
export function largePod(name: string): object {
  const container = {
    name: 'web',
    image: 'registry.example/web:1.2.3',
    ports: [{ name: 'http', containerPort: 8080 }],
    env: [{ name: 'LOG_LEVEL', value: 'info' }],
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
    readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 5 },
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: { app: 'bench', 'pod-template-hash': '5d8f7c9b6d' },
      annotations: { 'bench.example/filler': 'x'.repeat(500) },
    },
    spec: { containers: [container], nodeSelector: { 'bench.example/never': 'true' } },
  }
}
