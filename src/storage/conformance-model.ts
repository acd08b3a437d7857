import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { type Follower, follow, summary, textOf, valueOf } from './conformance-helpers.ts'
import { FutureRevisionError, type Store, type Write } from './store.ts'

/** A store to be tested, empty. */
export interface StoreHarness extends AsyncDisposable {
  readonly store: Store
  /** The oldest revision that can be read at first; 0 when absent. */
  readonly floor?: number
  /** Disposes the store and opens it again with what it holds; absent where nothing outlives it. */
  reopen?(): Promise<Store>
  /** Lets time pass for the store. */
  passTime(ms: number): Promise<void>
}

interface ModelEvent {
  readonly revision: number
  readonly key: string
  readonly text: string | undefined
}

/** A list of all events. It is asked everything in the slowest and plainest way. */
class Model {
  readonly events: ModelEvent[] = []
  revision: number
  floor: number

  constructor(revision: number, floor: number) {
    this.revision = revision
    this.floor = floor
  }

  at(revision: number): Map<string, ModelEvent> {
    const state = new Map<string, ModelEvent>()
    for (const event of this.events.filter((event) => event.revision <= revision)) {
      if (event.text === undefined) state.delete(event.key)
      else state.set(event.key, event)
    }
    return state
  }

  write(key: string, text: string | undefined): void {
    this.revision += 1
    this.events.push({ revision: this.revision, key, text })
  }

  summaries(prefix: string, from: number): string[] {
    return this.events
      .filter((event) => event.revision > from && event.key.startsWith(prefix))
      .map(({ key, text, revision }) => {
        const before = this.at(revision - 1).get(key)?.text ?? ''
        return text === undefined
          ? `delete ${key} ${revision} ${before}`
          : `put ${key} ${revision} ${before && `${before} `}-> ${text}`
      })
  }
}

const key = fc.constantFrom('/a/1', '/a/10', '/a/2', '/a0', '/a', '/b/x', '/b/ü', '/b/y')
const prefix = fc.constantFrom('', '/', '/a', '/a/', '/a/1', '/b/', '/c/')
/** How far back, in parts of what is readable and a little more. */
const back = fc.double({ min: -0.1, max: 1.2, noNaN: true })
/** One random thing to do to a store. */
export const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('put' as const), key, stale: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('delete' as const), key, stale: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('get' as const), key, back }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('list' as const),
      prefix,
      back: fc.option(back),
      limit: fc.option(fc.nat(4)),
      after: fc.option(key),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('watch' as const), prefix, back }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compact' as const), back }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
)
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Does the steps to the store and to the model, and compares. */
export async function replay(harness: StoreHarness, steps: readonly Step[]): Promise<void> {
  let { store } = harness
  const model = new Model(await store.revision(), harness.floor ?? 0)
  await using stack = new AsyncDisposableStack()
  let watches: Follower[] = []
  for (const [at, step] of steps.entries()) {
    if (step.do === 'put' || step.do === 'delete') {
      await replayWrite(store, model, step, String(at))
    } else if (step.do === 'watch') {
      const watch = stack.use(follow(store, step.prefix, revisionFor(step.back, model)))
      const refused = refusal(model, watch.from)
      if (refused) await assert.rejects(watch.ended, { name: refused })
      else watches.push(watch)
    } else if (step.do !== 'reopen') {
      // Or a watch that has not come so far might rightly be overtaken.
      if (step.do === 'compact') await checkWatches(watches, model)
      await replayRead(store, model, step)
    } else if (harness.reopen) {
      await checkWatches(watches, model)
      watches = []
      store = await harness.reopen()
      assert.equal(await store.revision(), model.revision)
    }
  }
  await checkWatches(watches, model)
}

async function checkWatches(watches: readonly Follower[], model: Model): Promise<void> {
  for (const watch of watches) {
    await watch.reaches(model.revision)
    assert.deepEqual(watch.events.map(summary), model.summaries(watch.prefix, watch.from))
  }
}

async function replayWrite(
  store: Store,
  model: Model,
  step: Step & { do: 'put' | 'delete' },
  text: string,
): Promise<void> {
  const current = model.at(model.revision).get(step.key)
  const expected = (current?.revision ?? 0) + (step.stale ? 1 : 0)
  const write: Write =
    step.do === 'put' ? { type: 'put', value: valueOf(text) } : { type: 'delete' }
  const result = await store.commit(step.key, expected, write)
  if (!step.stale && (step.do === 'put' || current)) {
    model.write(step.key, step.do === 'put' ? text : undefined)
  }
  assert.equal(result.revision, model.revision)
  assert.equal(result.ok, !step.stale)
  if (!result.ok) assert.equal(textOf(result.current), current?.text)
}

async function replayRead(
  store: Store,
  model: Model,
  step: Step & { do: 'get' | 'list' | 'compact' },
): Promise<void> {
  const revision = step.back === null ? model.revision : revisionFor(step.back, model)
  if (step.do === 'compact') {
    if (revision > model.revision)
      return assert.rejects(store.compact(revision), FutureRevisionError)
    await store.compact(revision)
    model.floor = Math.max(model.floor, revision)
    return
  }
  const read =
    step.do === 'get' ? readKey(store, step.key, revision) : readList(store, step, revision)
  const refused = refusal(model, revision)
  if (refused) return assert.rejects(read, { name: refused })
  const state = model.at(revision)
  if (step.do === 'get') return assert.deepEqual(await read, [state.get(step.key)?.text])
  const expected = [...state.keys()]
    .filter((key) => key.startsWith(step.prefix) && (step.after === null || key > step.after))
    .toSorted()
  const texts = expected.slice(0, step.limit ?? Infinity).map((key) => state.get(key)?.text)
  assert.deepEqual(await read, [expected.length, ...texts])
}

async function readKey(store: Store, key: string, revision: number): Promise<unknown[]> {
  return [textOf(await store.get(key, { revision }))]
}

async function readList(
  store: Store,
  { prefix, limit, after, back }: Step & { do: 'list' },
  revision: number,
): Promise<unknown[]> {
  const result = await store.list(prefix, {
    ...(back !== null && { revision }),
    ...(limit !== null && { limit }),
    ...(after !== null && { after }),
  })
  assert.equal(result.revision, revision)
  return [result.count, ...result.entries.map(textOf)]
}

function revisionFor(back: number, { revision, floor }: Model): number {
  return Math.max(0, revision - Math.round((revision - floor) * back))
}

function refusal(model: Model, revision: number): string | undefined {
  if (revision > model.revision) return 'FutureRevisionError'
  return revision < model.floor ? 'CompactedError' : undefined
}
