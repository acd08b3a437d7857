import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../../base/async-eventually.node.ts'
import { systemClock } from '../../base/clock.node.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { systemRandom } from '../../base/random.node.ts'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import { ensurePki } from '../../pki/ensure-pki.node.ts'
import { storeConformance } from '../conformance.ts'
import {
  assertGapFree,
  commit,
  follow,
  increment,
  put,
  textOf,
  valueOf,
} from '../conformance-helpers.ts'
import { CompactedError, StoreWriteError } from '../store.ts'
import type { EtcdStore } from './etcd-store.ts'
import { openEtcdStore } from './open-etcd-store.node.ts'
import { NO_ETCD, type TestEtcd, testEtcd } from './testing.node.ts'

void describe('EtcdStore', { skip: NO_ETCD ?? false }, () => {
  let etcd: TestEtcd
  let prefixes = 0
  before(async () => {
    etcd = await testEtcd()
  })
  after(() => etcd[Symbol.asyncDispose]())

  storeConformance(
    'etcd',
    async () => {
      const prefix = `/test-${prefixes++}/`
      const open = (): Promise<EtcdStore> => openEtcdStore({ endpoints: [etcd.endpoint], prefix })
      let store = await open()
      // Others have written before.
      const floor = await store.revision()
      await store.compact(floor)
      return {
        store,
        floor,
        passTime: (ms) => delay(ms),
        async reopen() {
          await store[Symbol.asyncDispose]()
          store = await open()
          return store
        },
        [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
      }
    },
    { runs: 15 },
  )

  void test('EtcdStore survives that etcd starts anew: reads wait, watches go on, nothing is lost', async () => {
    await using etcd = await testEtcd({ sync: true })
    await using store = await openEtcdStore({ endpoints: [etcd.endpoint] })
    const from = await store.revision()
    await using watch = follow(store, '/a/', from)
    await increment(store, '/a/1', 20)
    await watch.reaches(from + 20)
    await etcd.stop()
    const reading = store.get('/a/1')
    etcd.start()
    assert.equal(textOf(await reading), '20')
    await increment(store, '/a/1', 20)
    await watch.reaches(from + 40)
    assertGapFree(watch.events, from, from + 40)
  })

  void test('EtcdStore ends a watch that was compacted away while etcd was gone', async () => {
    await using etcd = await testEtcd({ sync: true })
    await using store = await openEtcdStore({ endpoints: [etcd.endpoint] })
    await using other = await openEtcdStore({ endpoints: [etcd.endpoint] })
    const messages = store.watch('/a', await store.revision(), new AbortController())
    const reader = messages[Symbol.asyncIterator]()
    assert.equal((await reader.next()).value?.type, 'progress')
    // Its reader stands still, so that it asks again only when it has been overtaken.
    await increment(other, '/a', 10)
    await etcd.stop()
    etcd.start()
    await other.compact(await other.revision())
    await assert.rejects(
      (async () => {
        while (!(await reader.next()).done);
      })(),
      CompactedError,
    )
  })

  void test('EtcdStore serves many at once over TLS with client certificates', async () => {
    await using files = await testCertificates()
    await using etcd = await testEtcd({ tls: files.server })
    const tls = files.client
    await using one = await openEtcdStore({ endpoints: [etcd.endpoint], tls })
    await using two = await openEtcdStore({ endpoints: [etcd.endpoint], tls })
    const from = await one.revision()
    await using watch = follow(two, '/a', from)
    await Promise.all([increment(one, '/a', 30), increment(two, '/a', 30)])
    await watch.reaches(from + 60)
    assert.equal(textOf(await two.get('/a')), '60')
    assertGapFree(watch.events, from, from + 60)
    const { caPem } = tls
    await assert.rejects(openEtcdStore({ endpoints: [etcd.endpoint], tls: { caPem } }), {
      problem: 'inaccessible',
    })
  })

  void test('EtcdStore moves values of a megabyte, and refuses what etcd does not take', async () => {
    await using store = await openEtcdStore({ endpoints: [etcd.endpoint], prefix: '/large' })
    const from = await store.revision()
    const text = 'x'.repeat(1_000_000)
    for (let i = 0; i < 30; i++) await put(store, `/${i}`, 0, text)
    const { entries, count } = await store.list('')
    assert.equal(count, 30)
    for (const entry of entries) assert.equal(textOf(entry), text)
    await using watch = follow(store, '/', from)
    await watch.reaches(from + 30)
    assert.equal(watch.events.length, 30)
    await assert.rejects(put(store, '/larger', 0, 'x'.repeat(1_800_000)), {
      name: 'StoreWriteError',
      message: 'Cannot write store: etcdserver: request is too large',
    })
    assert.equal(await store.get('/larger'), undefined)
  })

  void test('EtcdStore hands back the value that was written, as long as it remembers', async () => {
    await using store = await openEtcdStore({ endpoints: [etcd.endpoint], prefix: '/known' })
    const value = { ...valueOf('x'), object: Object.freeze({ kind: 'Pod' }) }
    await commit(store, '/a', 0, { type: 'put', value })
    assert.equal((await store.get('/a'))?.value, value)
    await put(store, '/a', (await store.get('/a'))!.revision, 'y')
    assert.equal(textOf(await store.get('/a')), 'y')
  })

  void test('EtcdStore says that a write may be lost when etcd does not answer', async () => {
    await using etcd = await testEtcd()
    await using store = await openEtcdStore({ endpoints: [etcd.endpoint] })
    await put(store, '/a', 0, 'x')
    etcd.signal('SIGSTOP')
    const writing = put(store, '/b', 0, 'x')
    writing.catch(() => undefined)
    await etcd.stop()
    await assert.rejects(writing, StoreWriteError)
  })

  void test('EtcdStore forgets what is older than the history that it is to keep', async () => {
    const clock = virtualClock()
    const endpoints = [etcd.endpoint]
    await using store = await openEtcdStore({
      endpoints,
      prefix: '/history',
      clock,
      historyMs: 60_000,
    })
    const first = await put(store, '/a', 0, 'one')
    await put(store, '/a', first, 'two')
    assert.equal(textOf(await store.get('/a', { revision: first })), 'one')
    await eventually(async () => {
      await clock.advance(60_000)
      return store.get('/a', { revision: first }).then(
        () => false,
        (error: unknown) => error instanceof CompactedError,
      )
    })
    assert.equal(textOf(await store.get('/a')), 'two')
  })

  void test('openEtcdStore() says where nobody answers', async () => {
    await assert.rejects(openEtcdStore({ endpoints: ['unix:///nowhere'], timeoutMs: 50 }), {
      name: 'StoreOpenError',
      message: /^Cannot open store: no etcd answers at unix:\/\/\/nowhere: /,
    })
  })
})

/** Files for a server, and PEM for a client, of one new authority. */
async function testCertificates() {
  const folder = await mkdtemp(join(tmpdir(), 'trierarch-pki-'))
  const clock = systemClock
  const crypto = nodeCrypto(systemRandom)
  const pki = await ensurePki(folder, {
    crypto,
    clock,
    apiServerAddresses: ['127.0.0.1', 'localhost', 'test'],
    nodes: [],
  })
  const { apiServer, admin, ca } = pki
  const write = async (name: string, pem: string): Promise<string> => {
    await writeFile(join(folder, name), pem)
    return join(folder, name)
  }
  return {
    server: {
      caFile: await write('etcd-ca.pem', ca.certPem),
      certFile: await write('etcd.pem', apiServer.certPem),
      keyFile: await write('etcd.key', apiServer.keyPem),
    },
    client: { caPem: ca.certPem, certPem: admin.certPem, keyPem: admin.keyPem },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
