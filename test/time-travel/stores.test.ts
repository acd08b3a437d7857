import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Namespace } from '../../src/api/core/v1/namespace.ts'
import { createApiServer } from '../../src/apiserver/api-server.ts'
import { systemClock } from '../../src/base/clock.node.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { seededRandom } from '../../src/base/random.ts'
import { transportAt } from '../../src/client/at.ts'
import type { Client } from '../../src/client/client.ts'
import { createClient } from '../../src/client/create-client.ts'
import { parsePointInTime } from '../../src/client/point-in-time.ts'
import { compareStates, formatChanges, readState } from '../../src/cmd/past/diff/state.ts'
import type { Action } from '../../src/cmd/past/record/action.ts'
import { record } from '../../src/cmd/past/record/record.ts'
import { openEtcdStore } from '../../src/storage/etcd/open-etcd-store.node.ts'
import { NO_ETCD, testEtcd } from '../../src/storage/etcd/testing.node.ts'
import { MemoryStore } from '../../src/storage/memory/memory-store.ts'
import { openSqliteStore } from '../../src/storage/sqlite/sqlite-store.node.ts'
import type { Store } from '../../src/storage/store.ts'
import { coreTypes, play } from './play.ts'

const TYPES = coreTypes('ConfigMap')
const KEY = { namespace: 'default', name: 'settings' }

interface Served extends AsyncDisposable {
  readonly client: Client
  readonly at: (when: string) => Client
}

/** An API server on a store, which it closes. */
async function serve(store: Store): Promise<Served> {
  await using stack = new AsyncDisposableStack()
  stack.use(store)
  const server = stack.use(
    createApiServer({
      store,
      clock: systemClock,
      random: seededRandom(1),
      logger: silentLogger,
      authorizers: [{ name: 'all', authorize: () => ({ decision: 'allow', reason: '' }) }],
    }),
  )
  await server.start()
  const transport = server.transportFor({ name: 'test', groups: ['system:masters'] })
  const owned = stack.move()
  return {
    client: createClient(transport),
    at: (when) => createClient(transportAt(transport, parsePointInTime(when))),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Writes that tell apart what was when: gives the revisions of the first two, and a time between them. */
async function happen({ client }: Served) {
  await client.create(Namespace, { metadata: { name: 'default' } }).catch(() => undefined)
  const { metadata: first } = await client.create(ConfigMap, { metadata: KEY, data: { oars: '1' } })
  const time = new Date(await nextMillisecond()).toISOString()
  await nextMillisecond()
  const { metadata: second } = await client.patch(ConfigMap, KEY, 'merge', { data: { oars: '2' } })
  await client.delete(ConfigMap, KEY)
  await client.create(ConfigMap, { metadata: { ...KEY, name: 'late' } })
  return { first: first.resourceVersion, second: second.resourceVersion, time }
}

// Stores tell times by the millisecond.
async function nextMillisecond(): Promise<number> {
  const now = systemClock.now()
  await new Promise<void>((resolve) => systemClock.after(2, resolve))
  return now + 1
}

async function oarsAt(served: Served, when: string): Promise<string | undefined> {
  return (await served.at(when).get(ConfigMap, KEY)).data?.['oars']
}

/** Records the past from a revision on, up to the Pod that came last. */
async function recorded({ at }: Served, from: string): Promise<readonly Action[]> {
  const actions: Action[] = []
  const end = new AbortController()
  await record({
    client: at(from),
    clock: systemClock,
    types: TYPES,
    signal: end.signal,
    write(action) {
      actions.push(action)
      if (action.target.name === 'late') end.abort()
    },
  })
  return actions
}

async function checkPast(served: Served, past: Awaited<ReturnType<typeof happen>>): Promise<void> {
  const { first, second } = past
  assert.equal(await oarsAt(served, first), '1')
  assert.equal(await oarsAt(served, second), '2')
  await assert.rejects(served.client.get(ConfigMap, KEY), /configmaps "settings" not found/)
  const [before, between, now] = await Promise.all(
    [served.at(first), served.at(second), served.client].map((client) => readState(client, TYPES)),
  )
  assert.equal(
    formatChanges(compareStates(before!, between!)),
    '~ v1 ConfigMap default/settings\n    data.oars: "1" -> "2"\n',
  )
  assert.equal(
    formatChanges(compareStates(between!, now!)),
    '+ v1 ConfigMap default/late\n- v1 ConfigMap default/settings\n',
  )
  const actions = await recorded(served, first)
  assert.deepEqual(
    actions.map(({ method, target }) => `${method} ${target.name}`),
    ['create settings', 'patch settings', 'delete settings', 'create late'],
  )
  await using other = await serve(new MemoryStore({ clock: systemClock }))
  await other.client.create(Namespace, { metadata: { name: 'default' } }).catch(() => undefined)
  assert.deepEqual(await play({ ...other, clock: systemClock }, actions, TYPES), [])
  const { items } = await other.client.list(ConfigMap)
  assert.deepEqual(
    items.map(({ metadata }) => metadata.name),
    ['late'],
  )
}

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'trierarch-past-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  return path
}

describe('the past is read, compared, recorded and done again', () => {
  test('on memory', async () => {
    await using served = await serve(new MemoryStore({ clock: systemClock }))
    const past = await happen(served)
    assert.equal(await oarsAt(served, past.time), '1')
    await checkPast(served, past)
  })

  test('on SQLite, also after a restart', async (t) => {
    const file = join(await folder(t), 'state.db')
    let past: Awaited<ReturnType<typeof happen>>
    {
      await using served = await serve(await openSqliteStore({ file }))
      past = await happen(served)
      await checkPast(served, past)
    }
    await using served = await serve(await openSqliteStore({ file }))
    assert.equal(await oarsAt(served, past.time), '1')
    await checkPast(served, past)
  })

  test('on etcd', { skip: NO_ETCD ?? false }, async () => {
    await using etcd = await testEtcd()
    await using served = await serve(await openEtcdStore({ endpoints: [etcd.endpoint] }))
    await checkPast(served, await happen(served))
  })
})
