import assert from 'node:assert/strict'
import { test } from 'node:test'
import { storeConformance } from '../conformance.ts'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import { MemoryStore } from './memory-store.ts'

storeConformance(
  'memory',
  async () => {
    const clock = virtualClock()
    const store = new MemoryStore({ clock })
    return {
      store,
      passTime: (ms) => clock.advance(ms),
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    }
  },
  { runs: 200 },
)

const value = { bytes: new Uint8Array(1000) }

test('MemoryStore hands back the very value that was put', async () => {
  await using store = new MemoryStore({ clock: virtualClock() })
  const object = Object.freeze({ kind: 'Pod' })
  const put = { bytes: new Uint8Array(), object }
  await store.commit('/a', 0, { type: 'put', value: put })
  assert.equal((await store.get('/a'))?.value, put)
})

test('MemoryStore never makes bytes that nobody asks for', async () => {
  await using store = new MemoryStore({ clock: virtualClock() })
  const lazy = {
    size: 10,
    get bytes(): Uint8Array {
      return assert.fail('nobody asked')
    },
  }
  await store.commit('/a', 0, { type: 'put', value: lazy })
  await store.commit('/a', 2, { type: 'put', value: lazy })
  await store.commit('/a', 3, { type: 'delete' })
})

test('MemoryStore keeps no more of the past than fits', async () => {
  await using store = new MemoryStore({ clock: virtualClock(), history: { bytes: 100_000 } })
  let { revision } = await store.commit('/a', 0, { type: 'put', value })
  for (let i = 0; i < 1000; i++) {
    revision = (await store.commit('/a', revision, { type: 'put', value })).revision
  }
  assert.equal((await store.get('/a', { revision: revision - 40 }))?.revision, revision - 40)
  await assert.rejects(store.get('/a', { revision: revision - 100 }), { name: 'CompactedError' })
})

test('MemoryStore knows which revision was the newest at a time', async () => {
  const clock = virtualClock()
  await using store = new MemoryStore({ clock })
  const times: (readonly [number, number])[] = []
  for (let i = 0; i < 1200; i++) {
    const { revision } = await store.commit(`/${i}`, 0, { type: 'put', value })
    times.push([clock.now(), revision])
    await clock.advance(100)
  }
  for (const [atMs, revision] of times) {
    assert.equal(await store.revisionAt(atMs), revision)
    assert.equal(await store.revisionAt(atMs + 99), revision)
  }
  await assert.rejects(store.revisionAt(times[0]![0] - 1), { name: 'CompactedError' })
})

test('MemoryStore forgets what is older than its limit', async () => {
  const clock = virtualClock()
  await using store = new MemoryStore({ clock, history: { ms: 60_000 } })
  for (let i = 0; i < 1000; i++) await store.commit(`/old/${i}`, 0, { type: 'put', value })
  const old = await store.revision()
  await clock.advance(61_000)
  for (let i = 0; i < 1000; i++) await store.commit(`/new/${i}`, 0, { type: 'put', value })
  await assert.rejects(store.list('', { revision: old - 600 }), { name: 'CompactedError' })
  assert.equal((await store.list('', { revision: old })).count, 1000)
})

async function count(store: MemoryStore, revision?: number): Promise<number> {
  return (await store.list('', revision === undefined ? {} : { revision })).count
}

test('MemoryStore.fork() gives a second store that goes its own way', async () => {
  const clock = virtualClock()
  await using store = new MemoryStore({ clock })
  for (let i = 0; i < 300; i++) await store.commit(`/${i}`, 0, { type: 'put', value })
  await store.commit('/ttl', 0, { type: 'put', value, ttlSeconds: 10 })
  const revision = await store.revision()
  await using fork = store.fork({ clock: virtualClock({ startMs: clock.now() }) })
  await store.commit('/0', 2, { type: 'delete' })
  await fork.commit('/1', 3, { type: 'delete' })
  await clock.advance(10_000)
  assert.deepEqual([await count(store), await store.revision()], [299, revision + 2])
  assert.deepEqual([await count(fork), await fork.revision()], [300, revision + 1])
  assert.equal(await count(store, revision), 301)
  assert.equal(await count(fork, revision), 301)
  assert.equal(await count(fork, 100), 99)
})

test('MemoryStore.snapshot() does not change any more', async () => {
  await using store = new MemoryStore({ clock: virtualClock() })
  await store.commit('/a', 0, { type: 'put', value })
  const snapshot = store.snapshot()
  await store.commit('/b', 0, { type: 'put', value })
  assert.deepEqual([snapshot.revision, snapshot.entries.size], [2, 1])
})
