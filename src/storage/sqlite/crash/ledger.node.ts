import assert from 'node:assert/strict'
import { CompactedError, type Entry, type Store, type StoreEvent } from '../../store.ts'

const DELETED = '-'

interface Attempt {
  readonly text: string
  acknowledged: number | undefined
}

/** What a writer was promised, by its own report, and what it began with. */
export class Ledger {
  readonly #initial: ReadonlyMap<string, string>
  readonly #attempts = new Map<string, Attempt[]>()
  #seen: number

  constructor(initial: readonly Entry[], revision: number) {
    this.#initial = new Map(initial.map((entry) => [entry.key, nameOf(entry)]))
    this.#seen = revision
  }

  /** How many writes were acknowledged. */
  acknowledged(): number {
    return this.#flat().filter(([, attempt]) => attempt.acknowledged !== undefined).length
  }

  /** Takes in the report. What follows its last whole line was never said. */
  read(report: string): void {
    for (const line of report.split('\n').slice(0, -1)) {
      const [verb, first = '', second = ''] = line.split(' ')
      if (verb === 'try') this.#attemptsAt(first).push({ text: second, acknowledged: undefined })
      else if (verb === 'acknowledged') this.#acknowledge(Number(first), second)
      else this.#seen = Math.max(this.#seen, Number(first))
    }
  }

  /** Throws unless the store holds everything that was acknowledged or seen, and nothing else but the last attempts. */
  async check(store: Store): Promise<void> {
    const revision = await store.revision()
    assert.ok(
      revision >= this.#seen,
      `revision ${revision} is behind ${this.#seen}, which was seen`,
    )
    const found = new Map((await store.list('')).entries.map((entry) => [entry.key, nameOf(entry)]))
    for (const key of new Set([
      ...found.keys(),
      ...this.#initial.keys(),
      ...this.#attempts.keys(),
    ])) {
      const possible = this.#possible(key)
      const actual = found.get(key) ?? DELETED
      assert.ok(possible.includes(actual), `${key} is ${actual}, expected ${possible.join(' or ')}`)
    }
    await this.#checkEvents(store)
  }

  /** What the key may hold: what was acknowledged last, or what was attempted since. */
  #possible(key: string): string[] {
    const attempts = this.#attempts.get(key) ?? []
    const last = attempts.findLastIndex((attempt) => attempt.acknowledged !== undefined)
    const sure = attempts[last]?.text ?? this.#initial.get(key) ?? DELETED
    return [sure, ...attempts.slice(last + 1).map((attempt) => attempt.text)]
  }

  async #checkEvents(store: Store): Promise<void> {
    const { from, events } = await readableEvents(store)
    const byRevision = new Map(events.map((event) => [event.revision, event]))
    for (const [key, { text, acknowledged }] of this.#flat()) {
      if (acknowledged === undefined || acknowledged <= from) continue
      const event = byRevision.get(acknowledged)
      assert.equal(event?.key, key, `revision ${acknowledged}`)
      assert.equal(event.entry ? nameOf(event.entry) : DELETED, text, `revision ${acknowledged}`)
    }
  }

  #acknowledge(revision: number, key: string): void {
    this.#attemptsAt(key).at(-1)!.acknowledged = revision
    this.#seen = Math.max(this.#seen, revision)
  }

  #attemptsAt(key: string): Attempt[] {
    return this.#attempts.getOrInsertComputed(key, () => [])
  }

  #flat(): [string, Attempt][] {
    return [...this.#attempts].flatMap(([key, attempts]) =>
      attempts.map((attempt): [string, Attempt] => [key, attempt]),
    )
  }
}

/** All events that the store still has, which must be without gaps. */
async function readableEvents(store: Store): Promise<{ from: number; events: StoreEvent[] }> {
  const newest = await store.revision()
  const from = await store.list('', { revision: 0 }).then(
    () => 0,
    (error: unknown) => {
      if (error instanceof CompactedError) return error.compactedRevision
      throw error
    },
  )
  const events: StoreEvent[] = []
  const controller = new AbortController()
  for await (const message of store.watch('', from, controller)) {
    if (message.type === 'events') events.push(...message.events)
    else if (message.revision >= newest) break
  }
  const first = Math.max(from, 1) + 1
  assert.deepEqual(
    events.map((event) => event.revision),
    Array.from({ length: newest - first + 1 }, (_, i) => first + i),
  )
  return { from, events }
}

function nameOf(entry: Entry): string {
  return new TextDecoder().decode(entry.value.bytes).split(' ')[0]!
}
