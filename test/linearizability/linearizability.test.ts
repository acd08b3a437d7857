import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
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
import { contradictions } from './check.ts'
import { clientSubject } from './client-subject.ts'
import { record, type RecordOptions, type Subject } from './record.ts'
import { storeSubject } from './store-subject.ts'

const OPTIONS = {
  clients: 8,
  operationsPerClient: 80,
  keys: ['/a/1', '/a/2', '/b/1', '/b/2', '/b/3'],
  folders: ['/a/', '/b/'],
}

test('the store in memory is linearizable', async () => {
  await using store = new MemoryStore({ clock: systemClock })
  await check(storeSubject(store))
})

test('the store in SQLite is linearizable', async () => {
  await using folder = await temporaryFolder()
  await using store = await openSqliteStore({ file: join(folder.path, 'store.db') })
  await check(storeSubject(store))
})

test(
  'the store in etcd is linearizable, through two clients',
  { skip: NO_ETCD ?? false },
  async () => {
    await using etcd = await testEtcd()
    await using one = await openEtcdStore({ endpoints: [etcd.endpoint] })
    await using two = await openEtcdStore({ endpoints: [etcd.endpoint] })
    await check(alternately(storeSubject(one), storeSubject(two)))
  },
)

test('the API server is linearizable, and filters watches right', async () => {
  await using folder = await temporaryFolder()
  await using memory = new MemoryStore({ clock: systemClock })
  await using sqlite = await openSqliteStore({ file: join(folder.path, 'store.db') })
  for (const store of [memory, sqlite]) {
    await using server = await serve(store)
    await check(server.subject, { selects: true })
  }
})

test(
  'two API servers on one etcd are linearizable together',
  { skip: NO_ETCD ?? false },
  async () => {
    await using etcd = await testEtcd()
    await using one = await openEtcdStore({ endpoints: [etcd.endpoint] })
    await using two = await openEtcdStore({ endpoints: [etcd.endpoint] })
    await using first = await serve(one)
    await using second = await serve(two)
    await check(alternately(first.subject, second.subject), {
      selects: true,
      operationsPerClient: 40,
    })
  },
)

async function check(subject: Subject, options: Partial<RecordOptions> = {}): Promise<void> {
  const history = await record(subject, { ...OPTIONS, random: seededRandom(1), ...options })
  assert.ok(history.log.length > 50)
  assert.deepEqual(contradictions(history), [])
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

async function serve(store: Store): Promise<{ subject: Subject } & AsyncDisposable> {
  const server = createApiServer({
    store,
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
    authorizers: [{ name: 'all', authorize: () => ({ decision: 'allow', reason: '' }) }],
  })
  await server.start()
  const transport = server.transportFor({ name: 'test', groups: ['system:masters'] })
  return {
    subject: clientSubject(createClient(transport)),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'trierarch-linear-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}
