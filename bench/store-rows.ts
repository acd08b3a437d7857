import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../src/base/clock.node.ts'
import { openEtcdStore } from '../src/storage/etcd/open-etcd-store.node.ts'
import { NO_ETCD, testEtcd } from '../src/storage/etcd/testing.node.ts'
import { MemoryStore } from '../src/storage/memory/memory-store.ts'
import { openSqliteStore } from '../src/storage/sqlite/sqlite-store.node.ts'
import type { Store, Value } from '../src/storage/store.ts'
import type { Figure, Row } from './row.ts'

const OBJECTS = 10_000
const VALUE_BYTES = 2000
const CLIENTS = 50
const READS = 5000
const LISTED = 1000

export const STORE_ROWS: readonly Row[] = [
  {
    name: 'stores',
    what: `durable creates of ${VALUE_BYTES} bytes and reads by ${CLIENTS} clients at once, in each store`,
    measure: measureStores,
  },
  {
    name: 'store-open',
    what: `opening a store in SQLite that holds ${OBJECTS} objects`,
    measure: measureOpen,
  },
]

async function measureStores(): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  {
    await using store = new MemoryStore({ clock: systemClock })
    figures.push(...(await measureStore('memory', store)))
  }
  await withFolder(async (folder) => {
    await using store = await openSqliteStore({ file: join(folder, 'store.db') })
    figures.push(...(await measureStore('sqlite', store)))
  })
  if (NO_ETCD === undefined) {
    await using etcd = await testEtcd({ sync: true })
    await using store = await openEtcdStore({ endpoints: [etcd.endpoint] })
    figures.push(...(await measureStore('etcd', store)))
  }
  return figures
}

async function measureStore(name: string, store: Store): Promise<readonly Figure[]> {
  const latencies: number[] = []
  const creating = await clients(OBJECTS, async (i) => {
    const startMs = performance.now()
    await store.commit(keyOf(i), 0, { type: 'put', value: valueOf(i) })
    latencies.push(performance.now() - startMs)
  })
  const getting = await clients(READS, async (i) => void (await store.get(keyOf(i))))
  const prefix = keyOf(0).slice(0, -String(LISTED - 1).length)
  const listing = await clients(CLIENTS, async () => void (await store.list(prefix)))
  const p99 = latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.99)]!
  return [
    { name: `${name}: creates`, value: OBJECTS / creating, unit: '/s' },
    { name: `${name}: p99 of a create`, value: p99, unit: 'ms' },
    { name: `${name}: gets`, value: READS / getting, unit: '/s' },
    { name: `${name}: lists of ${LISTED}`, value: CLIENTS / listing, unit: '/s' },
  ]
}

async function measureOpen(): Promise<readonly Figure[]> {
  let ms = 0
  await withFolder(async (folder) => {
    const file = join(folder, 'store.db')
    {
      await using store = await openSqliteStore({ file })
      await clients(OBJECTS, async (i) => {
        await store.commit(keyOf(i), 0, { type: 'put', value: valueOf(i) })
      })
    }
    const startMs = performance.now()
    await using store = await openSqliteStore({ file })
    await store.revision()
    ms = performance.now() - startMs
  })
  return [{ name: 'open', value: ms, unit: 'ms', goal: 'below 1,000' }]
}

/** Does a number of things, so many at once; returns how many seconds it took. */
async function clients(count: number, work: (i: number) => Promise<void>): Promise<number> {
  const startMs = performance.now()
  let next = 0
  const client = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  return (performance.now() - startMs) / 1000
}

function keyOf(i: number): string {
  return `/registry/pods/default/web-${String(i).padStart(5, '0')}`
}

function valueOf(i: number): Value {
  return { bytes: new Uint8Array(VALUE_BYTES).fill(i) }
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'trierarch-bench-'))
  try {
    await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}
