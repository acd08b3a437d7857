import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VirtualClock } from '../../base/virtual-clock.ts'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import { ResourceCalls, startTestServer } from '../testing.node.ts'
import type { TestApiServer } from '../testing.ts'
import { Batch } from './batch.ts'
import type { WatchItem } from './event.ts'
import { Watcher } from './watcher.ts'

function bookmark(revision: number): WatchItem {
  return { type: 'BOOKMARK', revision, initialEventsEnd: false }
}

function configMaps({ transport }: TestApiServer): ResourceCalls {
  return new ResourceCalls(transport, 'v1', 'configmaps', 'default')
}

test('Watcher: who does not read is cut off, and holds nothing any more', async () => {
  let isTold = false
  const watcher = new Watcher(0, false, () => (isTold = true))
  const batch = (first: number): Batch =>
    new Batch(Array.from({ length: 1000 }, (_, i) => bookmark(first + i)))
  for (let i = 0; i < 10; i++) watcher.push(batch(1 + i * 1000))
  assert.equal(watcher.ended, false)
  watcher.push(batch(10_001))
  assert.equal(watcher.ended, true)
  assert.equal(isTold, true)
  assert.equal(await watcher.next(), undefined)
})

test('Watcher: what was known before is not told again', async () => {
  const watcher = new Watcher(2, false)
  watcher.push(new Batch([bookmark(1), bookmark(2), bookmark(3)]))
  watcher.push(new Batch([bookmark(4)]))
  watcher.end()
  const revisions: number[] = []
  for (let batch = await watcher.next(); batch; batch = await watcher.next()) {
    revisions.push(...batch.items.map(({ revision }) => revision))
  }
  assert.deepEqual(revisions, [3, 4])
})

/** Watches from now on, until the clock has been moved. */
async function watchWhile(
  clock: VirtualClock,
  api: TestApiServer,
  options: Parameters<ResourceCalls['watch']>[0],
  move: () => Promise<void>,
): Promise<readonly string[]> {
  const resourceVersion = String(await api.store.revision())
  const seen: string[] = []
  const watching = configMaps(api).watch({ resourceVersion, ...options }, (all) => {
    seen.splice(0, seen.length, ...all)
    return false
  })
  await clock.settle()
  await move()
  await clock.settle()
  await api.server[Symbol.asyncDispose]()
  await watching
  return seen
}

test('a watch gets bookmarks, if it asks for them', async () => {
  for (const allowWatchBookmarks of [true, false]) {
    const clock = virtualClock()
    await using api = await startTestServer({ clock })
    const seen = await watchWhile(clock, api, { allowWatchBookmarks }, async () => {
      await new ResourceCalls(api.transport, 'v1', 'namespaces').create({ metadata: { name: 'x' } })
      await clock.advance(60_000)
    })
    assert.deepEqual(seen.slice(0, 1), allowWatchBookmarks ? ['BOOKMARK'] : [])
  }
})

test('a watch is told how far it is before its time is up, if there is time', async () => {
  const seenIn = async (timeoutSeconds: number): Promise<readonly string[]> => {
    const clock = virtualClock()
    await using api = await startTestServer({ clock })
    const options = { timeoutSeconds, allowWatchBookmarks: true }
    return await watchWhile(clock, api, options, () => clock.advance(29_000))
  }
  assert.deepEqual(await seenIn(30), ['BOOKMARK', ...(await seenIn(2))])
})

test('a watch ends when its time is up', async () => {
  const clock = virtualClock()
  await using api = await startTestServer({ clock })
  let ended = false
  const watching = configMaps(api)
    .watch({ timeoutSeconds: 300 }, () => false)
    .then(() => (ended = true))
  await clock.advance(299_000)
  assert.equal(ended, false)
  await clock.advance(1000)
  await watching
})
