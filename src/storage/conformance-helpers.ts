import assert from 'node:assert/strict'
import type { CommitResult, Entry, Store, StoreEvent, Value, Write } from './store.ts'

/** What the conformance suite needs to speak briefly. */
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function valueOf(text: string): Value {
  return { bytes: encoder.encode(text) }
}

export function textOf(entry: Entry | undefined): string | undefined {
  return entry && decoder.decode(entry.value.bytes)
}

export function plainBytes(entry: Entry | undefined): Uint8Array | undefined {
  return entry && Uint8Array.from(entry.value.bytes)
}

export function keysOf(entries: readonly Entry[]): string[] {
  return entries.map((entry) => entry.key)
}

export function summary({ type, key, revision, entry, previous }: StoreEvent): string {
  const before = previous ? [textOf(previous)] : []
  return [type, key, revision, ...before, ...(entry ? ['->', textOf(entry)] : [])].join(' ')
}

/** The revision of a write that must succeed. */
export async function commit(
  store: Store,
  key: string,
  expected: number,
  write: Write,
): Promise<number> {
  const result: CommitResult = await store.commit(key, expected, write)
  assert.ok(result.ok)
  return result.revision
}

export function put(store: Store, key: string, expected: number, text: string): Promise<number> {
  return commit(store, key, expected, { type: 'put', value: valueOf(text) })
}

/** Adds one to the number under the key, so often, against others who do the same. */
export async function increment(
  store: Store,
  key: string,
  times: number,
  each?: () => void,
): Promise<void> {
  let current = await store.get(key)
  for (let done = 0; done < times;) {
    const value = valueOf(String(Number(textOf(current) ?? 0) + 1))
    const result = await store.commit(key, current?.revision ?? 0, { type: 'put', value })
    if (result.ok) {
      done += 1
      each?.()
    }
    current = result.ok ? await store.get(key) : result.current
  }
}

export function assertGapFree(events: readonly StoreEvent[], from: number, to: number): void {
  assert.deepEqual(
    events.map((event) => event.revision),
    Array.from({ length: to - from }, (_, i) => from + 1 + i),
  )
  const last = new Map<string, StoreEvent>()
  for (const event of events) {
    const before = last.get(event.key)
    if (before) assert.equal(event.previous?.revision, before.entry?.revision)
    last.set(event.key, event)
  }
}

export async function followFromNow(store: Store): Promise<Follower> {
  return follow(store, '', await store.revision())
}

export function follow(store: Store, prefix: string, from: number): Follower {
  return new Follower(store, prefix, from)
}

/** A watch whose messages are collected. */
export class Follower implements AsyncDisposable {
  readonly prefix: string
  readonly from: number
  readonly events: StoreEvent[] = []
  readonly progress: number[] = []
  readonly ended: Promise<void>
  readonly #store: Store
  readonly #controller = new AbortController()
  #changed = Promise.withResolvers<void>()

  constructor(store: Store, prefix: string, from: number) {
    this.#store = store
    this.prefix = prefix
    this.from = from
    this.ended = this.#run()
    this.ended.catch(() => undefined) // Whoever cares awaits it.
  }

  /** Waits until all events up to the revision are there. */
  async reaches(revision: number): Promise<void> {
    this.#store.requestProgress(this.prefix)
    while (this.#position() < revision) {
      const alive = await Promise.race([this.#changed.promise.then(() => true), this.ended])
      assert.ok(alive, `watch ended before revision ${revision}`)
    }
  }

  abort(): void {
    this.#controller.abort()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.abort()
    await this.ended.catch(() => undefined)
  }

  #position(): number {
    return Math.max(0, this.events.at(-1)?.revision ?? 0, this.progress.at(-1) ?? 0)
  }

  async #run(): Promise<void> {
    for await (const message of this.#store.watch(this.prefix, this.from, this.#controller)) {
      if (message.type === 'events') this.events.push(...message.events)
      else this.progress.push(message.revision)
      this.#changed.resolve()
      this.#changed = Promise.withResolvers()
    }
  }
}
