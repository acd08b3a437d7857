import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { silentLogger } from '../base/logger.ts'
import { startControlPlane } from '../cluster/control-plane.node.ts'
import { put, textOf } from '../storage/conformance-helpers.ts'
import { openEtcdStore } from '../storage/etcd/open-etcd-store.node.ts'
import { NO_ETCD, testEtcd } from '../storage/etcd/testing.node.ts'
import { openSqliteStore } from '../storage/sqlite/sqlite-store.node.ts'
import {
  type DataDirectory,
  dataDirectory,
  prepareDataDirectory,
  writeJson,
} from './data-directory.node.ts'
import { identityOf, removeRunState, writeRunState } from './run-state.node.ts'
import { restore, save } from './snapshot.node.ts'
import { snapshotRoutes } from './snapshot-route.node.ts'

const run = promisify(execFile)

test('a snapshot of a cluster that does not run can be restored, and what was there is kept', async () => {
  await using data = await testDirectory({ datastore: 'sqlite' })
  const file = join(data.directory.store, 'state.db')
  const copy = join(data.path, 'copy')
  await withStore(file, async (store) => void (await put(store, '/a', 0, 'one')))
  assert.equal(
    await save(data.path, copy),
    `Saved ${copy}. Keys and certificates are not in it, nor is the key that Secrets are encrypted with: keep a copy of ${data.directory.pki} too.`,
  )
  await withStore(file, async (store) => void (await put(store, '/a', 2, 'two')))
  const said = await restore(data.path, copy)
  const [, aside = ''] = /What was there is (.*)\.$/.exec(said) ?? []
  await withStore(file, async (store) => {
    assert.equal(textOf(await store.get('/a')), 'one')
    // Nobody takes what comes now for something that was seen before.
    assert.equal(await store.revision(), 1_000_000_002)
    await assert.rejects(store.list('', { revision: 3 }), { name: 'CompactedError' })
    assert.equal(await put(store, '/a', 2, 'other'), 1_000_000_003)
  })
  await withStore(aside, async (store) => assert.equal(textOf(await store.get('/a')), 'two'))
  assert.equal((await stat(copy)).mode & 0o777, 0o600)
})

test('a snapshot of a running cluster comes from its API server', async () => {
  await using data = await testDirectory({ datastore: 'sqlite' })
  const { directory, path } = data
  const copy = join(path, 'copy')
  await using store = await openSqliteStore({ file: join(directory.store, 'state.db') })
  await using _controlPlane = await startControlPlane({
    store,
    pkiDirectory: directory.pki,
    kubeconfig: directory.kubeconfig,
    host: '127.0.0.1',
    port: 0,
    serviceRange: '10.96.0.0/16',
    clusterCIDR: '10.244.0.0/16',
    node: 'none',
    nodes: 0,
    logger: silentLogger,
    routes: snapshotRoutes(store),
    onStep: () => undefined,
  })
  const self = identityOf(process.pid)
  await writeRunState(directory, { supervisor: self, controlPlane: self, node: 'none' })
  await save(path, copy)
  await assert.rejects(restore(path, copy), {
    message: 'Cannot restore: the cluster runs; stop it first with `trierarch down`.',
  })
  removeRunState(directory)
  await assert.rejects(restore(path, copy), { message: /is in use by another process/ })
  await withStore(copy, async (saved) => {
    assert.ok(await saved.get('/registry/namespaces/default'))
  })
})

test('snapshot refuses what cannot be done, and changes nothing', async () => {
  await using data = await testDirectory({ datastore: 'sqlite' })
  const file = join(data.directory.store, 'state.db')
  const wrong = join(data.path, 'wrong')
  await assert.rejects(save(data.path, wrong), { message: /^Cannot save snapshot: there is no / })
  await writeFile(wrong, 'no store at all, '.repeat(100))
  await assert.rejects(save(data.path, wrong), { message: /exists already\.$/ })
  await assert.rejects(save(data.path, join(data.path, 'no', 'copy')), {
    message: `Cannot save snapshot: ${data.path}/no does not exist.`,
  })
  await withStore(file, async (store) => void (await put(store, '/a', 0, 'one')))
  await assert.rejects(restore(data.path, wrong), {
    name: 'UserError',
    message: /is not a database\.$/,
  })
  await assert.rejects(restore(data.path, join(data.path, 'none')), {
    message: /does not exist\.$/,
  })
  await withStore(file, async (store) => assert.equal(textOf(await store.get('/a')), 'one'))
  await using memory = await testDirectory({ datastore: 'memory:' })
  await assert.rejects(save(memory.path, wrong.replace('wrong', 'new')), {
    message: /in memory\.$/,
  })
})

test('a snapshot of etcd is one for etcdutl', { skip: NO_ETCD ?? false }, async () => {
  await using etcd = await testEtcd({ sync: true })
  await using data = await testDirectory({ datastore: 'sqlite', etcdServers: etcd.endpoint })
  const copy = join(data.path, 'copy')
  {
    await using store = await openEtcdStore({ endpoints: [etcd.endpoint] })
    await put(store, '/registry/a', 0, 'one')
    await save(data.path, copy)
    await put(store, '/registry/a', await store.revision(), 'two')
  }
  await assert.rejects(restore(data.path, copy), { message: /`etcdutl snapshot restore / })
  await etcd.stop()
  const folder = join(etcd.folder, 'data')
  await rm(folder, { recursive: true })
  const flags = ['--bump-revision', '1000000000', '--mark-compacted']
  await run('etcdutl', ['snapshot', 'restore', copy, '--data-dir', folder, ...flags])
  etcd.start()
  await using store = await openEtcdStore({ endpoints: [etcd.endpoint] })
  assert.equal(textOf(await store.get('/registry/a')), 'one')
  assert.ok((await store.revision()) > 1_000_000_000)
})

async function withStore(
  file: string,
  work: (store: Awaited<ReturnType<typeof openSqliteStore>>) => Promise<void>,
): Promise<void> {
  await using store = await openSqliteStore({ file })
  await work(store)
}

async function testDirectory(
  flags: object,
): Promise<{ path: string; directory: DataDirectory } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'trierarch-snapshot-'))
  const directory = dataDirectory(path)
  prepareDataDirectory(directory)
  await writeJson(directory.flags, flags)
  return {
    path,
    directory,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}
