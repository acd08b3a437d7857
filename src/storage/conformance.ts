import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import {
  assertGapFree,
  commit,
  follow,
  type Follower,
  followFromNow,
  increment,
  keysOf,
  plainBytes,
  put,
  summary,
  textOf,
  valueOf,
} from './conformance-helpers.ts'
import { replay, step, type StoreHarness } from './conformance-model.ts'
import { reached } from './reached.ts'
import { CompactedError, FutureRevisionError, type Store, type StoreEvent } from './store.ts'

export interface ConformanceOptions {
  /** How many random sequences to try. */
  readonly runs: number
}

/** What every store must do. */
export function storeConformance(
  name: string,
  open: () => Promise<StoreHarness>,
  { runs }: ConformanceOptions,
): void {
  const it = (
    title: string,
    body: (store: Store, harness: StoreHarness) => Promise<void>,
  ): void => {
    void test(title, async () => {
      await using harness = await open()
      await body(harness.store, harness)
    })
  }

  void describe(`${name} store`, () => {
    void describe('commit()', () => {
      it('creates, updates and deletes by the last revision', async (store) => {
        const before = await store.revision()
        const created = await put(store, '/a', 0, 'one')
        assert.equal(created, before + 1)
        const updated = await put(store, '/a', created, 'two')
        const entry = await store.get('/a')
        assert.deepEqual(
          [entry?.key, textOf(entry), entry?.revision, entry?.createRevision],
          ['/a', 'two', updated, created],
        )
        const deleted = await commit(store, '/a', updated, { type: 'delete' })
        assert.equal(await store.get('/a'), undefined)
        assert.equal(await store.revision(), deleted)
        const again = await put(store, '/a', 0, 'three')
        assert.equal((await store.get('/a'))?.createRevision, again)
      })

      it('refuses another revision and says what is there', async (store) => {
        const created = await put(store, '/a', 0, 'one')
        for (const expected of [0, created - 1, created + 1]) {
          for (const write of [{ type: 'put', value: valueOf('x') }, { type: 'delete' }] as const) {
            const result = await store.commit('/a', expected, write)
            assert.ok(!result.ok)
            assert.equal(textOf(result.current), 'one')
            assert.equal(result.current?.revision, created)
            assert.equal(result.revision, created)
          }
        }
        const missing = await store.commit('/b', created, { type: 'delete' })
        assert.deepEqual(missing, { ok: false, current: undefined, revision: created })
        assert.equal(await store.revision(), created)
      })

      it('deletes nothing where nothing was expected', async (store) => {
        const revision = await store.revision()
        const result = await store.commit('/a', 0, { type: 'delete' })
        assert.deepEqual(result, { ok: true, revision })
        assert.equal(await store.revision(), revision)
      })

      it('keeps any bytes and any key', async (store) => {
        const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
        const keys = ['', ' ', '/ü/', '/🙂', '__proto__', "'; DROP TABLE log; --", 'x'.repeat(5000)]
        for (const key of keys) await commit(store, key, 0, { type: 'put', value: { bytes } })
        for (const key of keys) assert.deepEqual(plainBytes(await store.get(key)), bytes)
        await commit(store, '/empty', 0, { type: 'put', value: { bytes: new Uint8Array() } })
        assert.equal((await store.get('/empty'))?.value.bytes.length, 0)
        assert.equal((await store.list('')).count, keys.length + 1)
      })

      it('lets one of many concurrent writers win', async (store) => {
        const results = await Promise.all(
          Array.from({ length: 20 }, (_, i) =>
            store.commit('/a', 0, { type: 'put', value: valueOf(`writer ${i}`) }),
          ),
        )
        const won = results.filter((result) => result.ok)
        assert.equal(won.length, 1)
        const entry = await store.get('/a')
        for (const result of results) {
          if (!result.ok) assert.equal(textOf(result.current), textOf(entry))
        }
      })
    })

    void describe('list()', () => {
      it('pages through a prefix at one revision', async (store) => {
        for (let i = 0; i < 10; i++) await put(store, `/pods/${i}`, 0, String(i))
        await put(store, '/podsecurity/x', 0, 'other')
        const first = await store.list('/pods/', { limit: 4 })
        assert.deepEqual(keysOf(first.entries), ['/pods/0', '/pods/1', '/pods/2', '/pods/3'])
        assert.equal(first.count, 10)
        assert.equal(first.revision, await store.revision())
        await commit(store, '/pods/5', (await store.get('/pods/5'))!.revision, { type: 'delete' })
        await put(store, '/pods/55', 0, 'new')
        const { revision } = first
        const second = await store.list('/pods/', { limit: 4, after: '/pods/3', revision })
        assert.deepEqual(keysOf(second.entries), ['/pods/4', '/pods/5', '/pods/6', '/pods/7'])
        assert.equal(second.count, 6)
        assert.equal(second.revision, revision)
        const third = await store.list('/pods/', { limit: 4, after: '/pods/7', revision })
        assert.deepEqual(keysOf(third.entries), ['/pods/8', '/pods/9'])
        assert.equal(third.count, 2)
      })

      it('is empty where no key has the prefix', async (store) => {
        await put(store, '/a', 0, 'one')
        const revision = await store.revision()
        assert.deepEqual(await store.list('/b/'), { entries: [], count: 0, revision })
      })
    })

    void describe('reads at a revision', () => {
      it('show what was', async (store) => {
        const empty = await store.revision()
        const created = await put(store, '/a', 0, 'one')
        const updated = await put(store, '/a', created, 'two')
        const deleted = await commit(store, '/a', updated, { type: 'delete' })
        await put(store, '/b', 0, 'other')
        const texts: (string | undefined)[] = []
        for (const revision of [empty, created, updated, deleted]) {
          texts.push(textOf(await store.get('/a', { revision })))
        }
        assert.deepEqual(texts, [undefined, 'one', 'two', undefined])
        const old = await store.get('/a', { revision: updated })
        assert.deepEqual([old?.revision, old?.createRevision], [updated, created])
      })

      it('know what was newest at a time', async (store) => {
        const revision = await put(store, '/a', 0, 'one')
        assert.equal(await store.revisionAt(8.64e15), revision)
        await assert.rejects(store.revisionAt(-8.64e15), { name: 'CompactedError' })
      })

      it('refuse a revision that is yet to come', async (store) => {
        const revision = (await store.revision()) + 1
        const refused = { name: 'FutureRevisionError', currentRevision: revision - 1 }
        await assert.rejects(store.get('/a', { revision }), refused)
        await assert.rejects(store.list('/a', { revision }), refused)
        await assert.rejects(store.compact(revision), refused)
        await using watch = follow(store, '/a', revision)
        await assert.rejects(watch.ended, FutureRevisionError)
      })

      it('refuse what was compacted', async (store) => {
        const created = await put(store, '/a', 0, 'one')
        const updated = await put(store, '/a', created, 'two')
        const deleted = await commit(store, '/a', updated, { type: 'delete' })
        await store.compact(updated)
        await store.compact(created) // Nothing comes back.
        const refused = { name: 'CompactedError', compactedRevision: updated }
        await assert.rejects(store.get('/a', { revision: created }), refused)
        await assert.rejects(store.list('/', { revision: created }), refused)
        await using overtaken = follow(store, '/', created)
        await assert.rejects(overtaken.ended, CompactedError)
        assert.equal(textOf(await store.get('/a', { revision: updated })), 'two')
        await using watch = follow(store, '/', updated)
        await watch.reaches(deleted)
        assert.deepEqual(watch.events.map(summary), [`delete /a ${deleted} two`])
      })
    })

    void describe('watch()', () => {
      it('delivers the past, then the present, with previous values', async (store) => {
        const from = await store.revision()
        const created = await put(store, '/a', 0, 'one')
        await put(store, '/other', 0, 'x')
        await using watch = follow(store, '/a', from)
        await watch.reaches(created)
        const updated = await put(store, '/a', created, 'two')
        const deleted = await commit(store, '/a', updated, { type: 'delete' })
        await watch.reaches(deleted)
        assert.deepEqual(watch.events.map(summary), [
          `put /a ${created} -> one`,
          `put /a ${updated} one -> two`,
          `delete /a ${deleted} two`,
        ])
        assert.equal(watch.events[1]?.entry?.createRevision, created)
        assert.equal(watch.events[2]?.previous?.revision, updated)
      })

      it('says how far it is, when it has caught up and when asked', async (store) => {
        await using watch = follow(store, '/quiet/', await store.revision())
        await watch.reaches(await store.revision())
        const revision = await put(store, '/loud', 0, 'one')
        await watch.reaches(revision)
        assert.deepEqual(watch.events, [])
        assert.ok(watch.progress.length >= 2)
        assert.deepEqual(
          watch.progress,
          watch.progress.toSorted((a, b) => a - b),
        )
      })

      it('ends when aborted, before and after', async (store) => {
        await using watch = follow(store, '', await store.revision())
        await watch.reaches(await store.revision())
        watch.abort()
        await watch.ended
        const messages = store.watch('', 0, { signal: AbortSignal.abort() })
        for await (const message of messages) assert.fail(`unexpected ${message.type}`)
      })

      it('ends when the store is disposed', async (store, harness) => {
        await using watch = follow(store, '', await store.revision())
        await watch.reaches(await store.revision())
        await harness[Symbol.asyncDispose]()
        await watch.ended
        await assert.rejects(store.get('/a'), { message: 'Cannot use store: it is closed' })
      })

      it('loses nothing and doubles nothing while many write', async (store) => {
        const from = await store.revision()
        const keys = Array.from({ length: 8 }, (_, i) => `/${i % 2}/${i}`)
        await using early = follow(store, '', from)
        await using half = follow(store, '/1/', from)
        const late: Promise<Follower>[] = []
        const writes = keys.flatMap((key, i) => [
          increment(store, key, 25),
          increment(store, key, 25, () => i === 0 && late.push(followFromNow(store))),
        ])
        await Promise.all(writes)
        const revision = await store.revision()
        assert.equal(revision, from + 8 * 50)
        await Promise.all([early.reaches(revision), half.reaches(revision)])
        assertGapFree(early.events, from, revision)
        assert.deepEqual(
          half.events.map(summary),
          early.events.filter(({ key }) => key.startsWith('/1/')).map(summary),
        )
        for (const opening of late) {
          const watch = await opening
          await watch.reaches(revision)
          assertGapFree(watch.events, watch.from, revision)
          await watch[Symbol.asyncDispose]()
        }
        for (const key of keys) assert.equal(textOf(await store.get(key)), '50')
      })

      it('waits for a reader that stands still', async (store) => {
        const from = await store.revision()
        const controller = new AbortController()
        const messages = store.watch('', from, controller)[Symbol.asyncIterator]()
        assert.equal((await messages.next()).value?.type, 'progress')
        // Not all at once: a slow disk would let those at the end wait for longer than a write may take.
        for (let i = 0; i < 6000; i += 500)
          await Promise.all(Array.from({ length: 500 }, (_, j) => put(store, `/${i + j}`, 0, 'x')))
        const seen: StoreEvent[] = []
        while (seen.length < 6000) {
          const { value } = await messages.next()
          if (value?.type === 'events') seen.push(...value.events)
        }
        assertGapFree(seen, from, from + 6000)
        controller.abort()
        assert.equal((await messages.next()).done, true)
      })
    })

    void describe('reached()', () => {
      it('waits for a revision that is yet to come, or for the signal', async (store) => {
        const { signal } = new AbortController()
        const before = await store.revision()
        assert.equal(await reached(store, before, { signal }), true)
        const waiting = reached(store, before + 2, { signal })
        const first = await put(store, '/a', 0, 'one')
        await put(store, '/a', first, 'two')
        assert.equal(await waiting, true)
        const never = new AbortController()
        const inVain = reached(store, before + 100, never)
        never.abort()
        assert.equal(await inVain, false)
      })
    })

    void describe('ttl', () => {
      it('deletes a key when its time has come', async (store, harness) => {
        const from = await store.revision()
        await using watch = follow(store, '', from)
        const value = valueOf('x')
        await commit(store, '/short', 0, { type: 'put', value, ttlSeconds: 1 })
        await commit(store, '/long', 0, { type: 'put', value, ttlSeconds: 1000 })
        const kept = await commit(store, '/kept', 0, { type: 'put', value, ttlSeconds: 1 })
        const revision = await put(store, '/kept', kept, 'for ever')
        await harness.passTime(2000)
        await watch.reaches(revision + 1)
        assert.equal(summary(watch.events.at(-1)!), `delete /short ${revision + 1} x`)
        assert.deepEqual(keysOf((await store.list('')).entries), ['/kept', '/long'])
      })

      it('begins anew with each write', async (store, harness) => {
        const value = valueOf('x')
        const first = await commit(store, '/a', 0, { type: 'put', value, ttlSeconds: 3 })
        await harness.passTime(2000)
        const second = await commit(store, '/a', first, { type: 'put', value, ttlSeconds: 3 })
        await harness.passTime(2000)
        assert.equal((await store.get('/a'))?.revision, second)
        await using watch = follow(store, '', second)
        await harness.passTime(2000)
        await watch.reaches(second + 1)
        assert.equal(await store.get('/a'), undefined)
      })
    })

    void test('behaves as a simple model', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
          await using harness = await open()
          await replay(harness, steps)
        }),
        { numRuns: runs },
      )
    })
  })
}
