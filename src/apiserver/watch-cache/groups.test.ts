import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import { StoredObject } from '../registry/stored-object.ts'
import type { CacheEvent, WatchItem } from './event.ts'
import type { Filter } from './filter.ts'
import { Groups } from './groups.ts'
import { Watcher } from './watcher.ts'

function added(revision: number): CacheEvent {
  const metadata = { name: `c-${revision}` }
  const object = new StoredObject({ kind: 'ConfigMap', apiVersion: 'v1', metadata }).at(revision)
  return { key: `/registry/configmaps/c-${revision}`, revision, object, items: {} }
}

const ALL: Filter = { key: 'all', prefix: '/registry/configmaps/' }
const EVEN: Filter = {
  key: 'even',
  prefix: '/registry/configmaps/',
  matches: ({ metadata }) => Number(metadata.resourceVersion) % 2 === 0,
}

/** Turns that pass only when they are told to. */
class Turns {
  readonly #waiting: (() => void)[] = []
  readonly pause = (): Promise<void> => new Promise((resolve) => this.#waiting.push(resolve))

  async pass(): Promise<void> {
    for (const resolve of this.#waiting.splice(0)) resolve()
    await new Promise((resolve) => setImmediate(resolve))
  }

  async passAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.pass()
  }
}

async function toldTo(watcher: Watcher): Promise<readonly WatchItem[]> {
  watcher.end()
  const items: WatchItem[] = []
  for (let batch = await watcher.next(); batch; batch = await watcher.next())
    items.push(...batch.items)
  return items
}

/** The revisions of changes; a bookmark must be behind all that it tells of, and before everything else. */
function changes(items: readonly WatchItem[]): readonly number[] {
  const revisions: number[] = []
  let marked = 0
  for (const { type, revision } of items) {
    if (type === 'BOOKMARK') {
      assert.ok(revision >= (revisions.at(-1) ?? 0))
      marked = revision
      continue
    }
    assert.ok(revision > marked)
    revisions.push(revision)
  }
  return revisions
}

test('Groups tells some of many watches in a turn, and what happens meanwhile in one go', async () => {
  const turns = new Turns()
  const clock = virtualClock()
  const groups = new Groups(clock, turns.pause)
  const watchers = Array.from({ length: 80 }, () => new Watcher(0, false))
  for (const watcher of watchers) groups.add(ALL, watcher)
  groups.dispatch([added(1)])
  groups.dispatch([added(2), added(3)])
  groups.dispatch([added(4)])
  await turns.passAll()
  groups.dispatch([added(5)])
  await clock.advance(100)
  await turns.passAll()
  const [first] = watchers
  const batches = [await first!.next(), await first!.next()]
  assert.deepEqual(
    batches.map((batch) => batch!.items.map(({ revision }) => revision)),
    [[1], [2, 3, 4, 5]],
  )
  for (const watcher of watchers.slice(1))
    assert.deepEqual(changes(await toldTo(watcher)), [1, 2, 3, 4, 5])
})

test('Groups tells a single change at once, and each of few watches every change', async () => {
  const turns = new Turns()
  const groups = new Groups(virtualClock(), turns.pause)
  const [few, many] = [2, 80].map((length) => Array.from({ length }, () => new Watcher(0, false)))
  for (const watcher of few!) groups.add(EVEN, watcher)
  for (const watcher of many!) groups.add(ALL, watcher)
  for (const revision of [2, 4]) {
    groups.dispatch([added(revision)])
    await turns.passAll()
  }
  for (const watcher of few!) assert.deepEqual(changes(await toldTo(watcher)), [2, 4])
  for (const watcher of many!) assert.deepEqual(changes(await toldTo(watcher)), [2])
})

test('Groups ends its rest when it is disposed', async () => {
  const turns = new Turns()
  const clock = virtualClock()
  const groups = new Groups(clock, turns.pause)
  const watchers = Array.from({ length: 40 }, () => new Watcher(0, false))
  for (const watcher of watchers) groups.add(ALL, watcher)
  groups.dispatch([added(1)])
  await turns.passAll()
  groups.dispatch([added(2)])
  groups[Symbol.dispose]()
  await clock.advance(100)
  await turns.passAll()
  assert.deepEqual(changes(await toldTo(watchers[0]!)), [1])
})

type Step =
  | 'change'
  | 'bookmark'
  | 'last bookmark'
  | 'turn'
  | 'rest'
  | 'join'
  | 'join even'
  | 'leave'

test('Groups tells each watch what happens after it has joined, once and in order, whenever that is', async () => {
  const step = fc.constantFrom<Step>(
    'change',
    'bookmark',
    'last bookmark',
    'turn',
    'rest',
    'join',
    'join even',
    'leave',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const turns = new Turns()
      const clock = virtualClock()
      const groups = new Groups(clock, turns.pause)
      const joined: {
        readonly watcher: Watcher
        readonly filter: Filter
        readonly from: number
      }[] = []
      let revision = 1
      const join = (filter: Filter): void => {
        for (let i = 0; i < 20; i++) {
          const watcher = new Watcher(revision, true)
          groups.add(filter, watcher)
          joined.push({ watcher, filter, from: revision })
        }
      }
      join(ALL)
      for (const each of steps) {
        if (each === 'change') groups.dispatch([added((revision += 1)), added((revision += 1))])
        else if (each === 'bookmark') groups.bookmark(revision)
        else if (each === 'last bookmark')
          for (const { filter, watcher } of joined.slice(0, 3))
            groups.lastBookmark(filter, watcher, revision)
        else if (each === 'turn') await turns.pass()
        else if (each === 'rest') await clock.advance(100)
        else if (each === 'join') join(ALL)
        else if (each === 'join even') join(EVEN)
        else if (joined.length > 1) {
          const [gone] = joined.splice(1, 1)
          groups.remove(gone!.filter, gone!.watcher)
        }
      }
      await turns.passAll()
      await clock.advance(100)
      await turns.passAll()
      const revisions = Array.from({ length: revision }, (_, i) => i + 1)
      for (const { watcher, filter, from } of joined) {
        const expected = revisions.filter((r) => r > from && (filter === ALL || r % 2 === 0))
        assert.deepEqual(changes(await toldTo(watcher)), expected)
      }
    }),
    { numRuns: 100 },
  )
})
