import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApiServer } from '../../src/apiserver/api-server.ts'
import { systemClock } from '../../src/base/clock.node.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { seededRandom } from '../../src/base/random.ts'
import { createClient } from '../../src/client/create-client.ts'
import { openEtcdStore } from '../../src/storage/etcd/open-etcd-store.node.ts'
import { NO_ETCD, testEtcd } from '../../src/storage/etcd/testing.node.ts'
import { MemoryStore } from '../../src/storage/memory/memory-store.ts'
import { openSqliteStore } from '../../src/storage/sqlite/sqlite-store.node.ts'
import type { Store } from '../../src/storage/store.ts'
import { clientSubject } from './client-subject.ts'
import type { Subject } from './record.ts'
import { storeSubject } from './store-subject.ts'

/** Something to be checked, and what must be there for it. */
export interface Checked {
  readonly name: string
  readonly skip?: string | undefined
  /** Whether watches can select. */
  readonly selects: boolean
  run(check: (subject: Subject) => Promise<void>): Promise<void>
}

/** Every store by itself, and API servers on each. */
export const CHECKED: readonly Checked[] = [
  {
    name: 'the store in memory',
    selects: false,
    run: (check) => withMemory((store) => check(storeSubject(store))),
  },
  {
    name: 'the store in SQLite',
    selects: false,
    run: (check) => withSqlite((store) => check(storeSubject(store))),
  },
  {
    name: 'the store in etcd, through two clients',
    skip: NO_ETCD,
    selects: false,
    run: (check) =>
      withEtcd((one, two) => check(alternately(storeSubject(one), storeSubject(two)))),
  },
  {
    name: 'an API server on memory',
    selects: true,
    run: (check) => withMemory((store) => served(store, check)),
  },
  {
    name: 'an API server on SQLite',
    selects: true,
    run: (check) => withSqlite((store) => served(store, check)),
  },
  {
    name: 'two API servers on one etcd',
    skip: NO_ETCD,
    selects: true,
    run: (check) =>
      withEtcd((one, two) =>
        served(one, (first) => served(two, (second) => check(alternately(first, second)))),
      ),
  },
]

type Use = (store: Store) => Promise<void>

async function withMemory(use: Use): Promise<void> {
  await using store = new MemoryStore({ clock: systemClock })
  await use(store)
}

async function withSqlite(use: Use): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'trierarch-linear-'))
  try {
    await using store = await openSqliteStore({ file: join(folder, 'store.db') })
    await use(store)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function withEtcd(use: (one: Store, two: Store) => Promise<void>): Promise<void> {
  await using etcd = await testEtcd()
  await using one = await openEtcdStore({ endpoints: [etcd.endpoint] })
  await using two = await openEtcdStore({ endpoints: [etcd.endpoint] })
  await use(one, two)
}

async function served(store: Store, use: (subject: Subject) => Promise<void>): Promise<void> {
  await using server = createApiServer({
    store,
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
    authorizers: [{ name: 'all', authorize: () => ({ decision: 'allow', reason: '' }) }],
  })
  await server.start()
  const transport = server.transportFor({ name: 'test', groups: ['system:masters'] })
  await use(clientSubject(createClient(transport)))
}

/** Asks the one and the other in turn. */
function alternately(one: Subject, two: Subject): Subject {
  let turn = 0
  const next = (): Subject => (turn++ % 2 === 0 ? one : two)
  return {
    get: (key) => next().get(key),
    list: (prefix) => next().list(prefix),
    write: (...args) => next().write(...args),
    watch: (...args) => next().watch(...args),
    requestProgress(prefix) {
      one.requestProgress?.(prefix)
      two.requestProgress?.(prefix)
    },
  }
}
