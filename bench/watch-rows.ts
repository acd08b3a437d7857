import { fork } from 'node:child_process'
import { join } from 'node:path'
import { type BenchCluster, seconds, startCluster, usageOf } from './cluster.ts'
import { Connection, type Target } from './http-client.ts'
import { largePod, NAMESPACE, withPods, withTarget } from './request-rows.ts'
import type { Figure, Row } from './row.ts'
import { startBare } from './start-bare.ts'
import type { WatchLoad, WatchResult } from './watch-load.ts'

export const WATCH_ROWS: readonly Row[] = [
  {
    name: 'watch',
    what: 'changes of 100 ConfigMaps, told to 100 watchers',
    againstOthers: true,
    measure: (context) => withTarget(context, measureWatch),
  },
  {
    name: 'watch-client',
    what: 'events that the 100 watchers read of a bare server, which makes none: they are not the limit',
    measure: measureWatchClient,
  },
  {
    name: 'streaming-lists',
    what: '64 streaming lists of 400 objects of 1 MB at once',
    measure: () => measureStreamingLists({ lists: 64, objects: 400 }),
  },
  {
    name: 'streaming-lists-1024',
    what: '1,024 streaming lists of 4 objects of 1 MB at once',
    measure: () => measureStreamingLists({ lists: 1024, objects: 4 }),
  },
  {
    name: 'pods-memory',
    what: 'resident memory with 100,000 Pods of 4 KB',
    measure: measurePodsMemory,
  },
]

const WATCHERS = 100
const OBJECTS = 100
const WRITERS = 24
const MEASURED_SECONDS = 5
const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`

async function measureWatch(target: Target, cluster?: BenchCluster): Promise<Figure[]> {
  await withPods(target, 0)
  const setUp = await Connection.open(target)
  const configMap = (name: string): string =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name },
      data: { sentAt: String(Date.now()) },
    })
  for (let i = 0; i < OBJECTS; i++) await setUp.send('POST', CONFIG_MAPS, configMap(`c-${i}`))
  setUp.close()
  const watchers = await startWatchers({
    target,
    path: `${CONFIG_MAPS}?watch=true&timeoutSeconds=600`,
    watchers: WATCHERS,
  })
  const pid = (await cluster?.status())?.pid
  const before = pid === undefined ? undefined : await usageOf(pid)
  const end = performance.now() + MEASURED_SECONDS * 1000
  let writes = 0
  const write = async (writer: number): Promise<void> => {
    const connection = await Connection.open(target)
    for (let i = writer; performance.now() < end; i += WRITERS) {
      const name = `c-${i % OBJECTS}`
      await connection.send('PUT', `${CONFIG_MAPS}/${name}`, configMap(name))
      writes += 1
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))
  const after = pid === undefined ? undefined : await usageOf(pid)
  const result = await watchers.stop()
  const note = `${Math.round(writes / MEASURED_SECONDS)} writes/s, watchers used ${Math.round(result.clientCpu * 100)} % of a core`
  return [
    {
      name: 'events delivered',
      value: result.events / result.seconds,
      unit: '/s',
      goal: '200000',
      note,
    },
    { name: 'lag p99', value: result.lagP99, unit: 'ms', goal: '1000' },
    ...(before && after
      ? [
          {
            name: 'processor time of a change',
            value: ((after.cpuSeconds - before.cpuSeconds) / writes) * 1e6,
            unit: 'µs',
            note: `written, and told to ${WATCHERS} watchers`,
          },
        ]
      : []),
  ]
}

const EVENTS_IN_A_WRITE = 10

/** The watchers of the row above, against a server that has its events at hand. */
async function measureWatchClient(): Promise<Figure[]> {
  await using cluster = await startCluster('--node', 'none')
  await withPods(cluster.target, 0)
  const connection = await Connection.open(cluster.target)
  const data = { sentAt: String(Date.now()) }
  const metadata = { name: 'c-0' }
  const configMap = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data })
  const { body } = await connection.send('POST', CONFIG_MAPS, configMap)
  connection.close()
  const event = `{"type":"MODIFIED","object":${body.toString().trimEnd()}}\n`
  using server = await startBare('bare-watch.ts', cluster, event.repeat(EVENTS_IN_A_WRITE))
  const load = { target: server.target, path: '/', watchers: WATCHERS }
  const watchers = await startWatchers(load)
  await seconds(MEASURED_SECONDS)
  const { events, seconds: took, clientCpu } = await watchers.stop()
  const note = `watchers used ${Math.round(clientCpu * 100)} % of a core`
  return [
    { name: 'events read', value: events / took, unit: '/s', note },
    // Of a machine that does other work too, this says how many it could read.
    {
      name: 'events read in a second of processor time',
      value: events / took / clientCpu,
      unit: '',
      goal: 'above 200,000',
    },
  ]
}

interface Watchers {
  /** Ends them all, and tells what they have seen. */
  stop(): Promise<WatchResult>
}

async function startWatchers(load: WatchLoad): Promise<Watchers> {
  const child = fork(join(import.meta.dirname, 'watch-load.ts'), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const answer = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      child.once('message', resolve)
      child.once('exit', (code) => reject(new Error(`The watchers ended with exit code ${code}`)))
    })
  child.send(load)
  await answer()
  return {
    stop() {
      child.send('stop')
      return answer() as Promise<WatchResult>
    },
  }
}

const LARGE_BYTES = 2 ** 20 - 1000

interface StreamingLists {
  readonly lists: number
  readonly objects: number
}

async function measureStreamingLists({ lists, objects }: StreamingLists): Promise<Figure[]> {
  await using cluster = await startCluster('--node', 'none')
  const { target } = cluster
  await withPods(target, 0)
  const connection = await Connection.open(target)
  const data = { key: 'x'.repeat(LARGE_BYTES) }
  for (let i = 0; i < objects; i++) {
    const metadata = { name: `large-${i}` }
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data })
    const { status } = await connection.send('POST', CONFIG_MAPS, body)
    if (status >= 300) throw new Error(`Cannot create a ConfigMap: ${status}`)
  }
  connection.close()
  const stop = new AbortController()
  const highest = highestResident(cluster, stop.signal)
  const start = performance.now()
  await Promise.all(Array.from({ length: lists }, () => readStreamingList(target)))
  const took = (performance.now() - start) / 1000
  stop.abort()
  return [
    { name: 'highest resident', value: await highest, unit: 'MiB', goal: '1024' },
    { name: 'all read', value: took, unit: 's', note: `${lists * objects} MB` },
  ]
}

/** Reads a streaming list up to the bookmark that ends its initial events. */
async function readStreamingList(target: Target): Promise<void> {
  const path = `${CONFIG_MAPS}?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan`
  await Connection.readUntil(target, path, 'k8s.io/initial-events-end')
}

async function highestResident(cluster: BenchCluster, signal: AbortSignal): Promise<number> {
  const { pid } = await cluster.status()
  let highest = 0
  while (!signal.aborted) {
    highest = Math.max(highest, (await usageOf(pid)).residentMiB)
    await seconds(0.1)
  }
  return highest
}

const PODS = 100_000

async function measurePodsMemory(): Promise<Figure[]> {
  await using cluster = await startCluster('--node', 'none')
  await withPods(cluster.target, PODS, { connections: 32, pod: largePod })
  const { pid } = await cluster.status()
  const note = `${PODS} Pods`
  return [
    { name: 'resident', value: (await usageOf(pid)).residentMiB, unit: 'MiB', goal: '1229', note },
  ]
}
