import { type Random, randomInt } from '../../src/base/random.ts'
import type { Held, History, Operation, Watched, WatchItem } from './history.ts'

/** Whatever is to be checked, as concurrent clients see it. */
export interface Subject {
  get(key: string): Promise<Held | undefined>
  list(prefix: string): Promise<{ readonly revision: number; readonly found: readonly Held[] }>
  /** Writes a text, or deletes, where the key has the revision that is expected. */
  write(key: string, expected: number, text: string | undefined): Promise<WriteOutcome>
  /** May end, or throw, at any time; the watcher then goes on where it was. */
  watch(
    prefix: string,
    from: number,
    options: { readonly signal: AbortSignal; readonly selects?: 'marked' },
  ): AsyncIterable<WatchItem>
  /** Asks watches of the prefix to say how far they are, where that can be asked. */
  requestProgress?(prefix: string): void
}

export type WriteOutcome = (Operation & { type: 'write' })['outcome']

export interface RecordOptions {
  readonly random: Random
  readonly clients: number
  readonly operationsPerClient: number
  /** The keys that are written, each below one of the folders. */
  readonly keys: readonly string[]
  /** Prefixes to list and to watch, beside everything; each ends with a slash. */
  readonly folders: readonly string[]
  /** Some watchers ask for marked texts alone. */
  readonly selects?: boolean
}

/** Whether a text is one of those that watchers may ask for alone. */
export function isMarked(text: string): boolean {
  return text.endsWith('*')
}

/** Lets clients read, write and watch at once, and writes down all they did and saw. */
export async function record(subject: Subject, options: RecordOptions): Promise<History> {
  const { clients, folders, selects = false } = options
  const { revision: from } = await subject.list('')
  const recorder = new Recorder()
  const watchers = ['', ...folders].flatMap((prefix) => [
    watcher(subject, prefix, from, { options }),
    watcher(subject, prefix, from, { options, isInterrupted: true }),
  ])
  const filtered = { options, isInterrupted: true, selects: 'marked' } as const
  if (selects) watchers.push(watcher(subject, '', from, filtered))
  await Promise.all(
    Array.from({ length: clients }, (_, i) => client(subject, `client ${i}`, recorder, options)),
  )
  for (const folder of folders)
    await write(subject, 'the last', recorder, lastKey(folder, options), new Map(), 'end*')
  const watches = await Promise.all(watchers)
  const all = watches.find(({ prefix, selects }) => prefix === '' && !selects)!
  const log = all.items.flatMap((item) => (item.type === 'change' ? [item.change] : []))
  return { operations: recorder.operations, watches, log, from }
}

/** The key that is written last of those with a prefix, so that its watchers know when to end. */
function lastKey(prefix: string, { folders }: RecordOptions): string {
  return `${prefix === '' ? folders.at(-1)! : prefix}end`
}

class Recorder {
  readonly operations: Operation[] = []
  #tick = 0

  async time<T>(
    client: string,
    call: () => Promise<T>,
    describe: (result: T) => DistributiveOmit<Operation, 'client' | 'calledAt' | 'returnedAt'>,
  ): Promise<T> {
    const calledAt = this.#tick++
    const result = await call()
    const returnedAt = this.#tick++
    this.operations.push({ ...describe(result), client, calledAt, returnedAt })
    return result
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

async function client(
  subject: Subject,
  name: string,
  recorder: Recorder,
  { random, operationsPerClient, keys, folders }: RecordOptions,
): Promise<void> {
  const known = new Map<string, number>()
  for (let number = 0; number < operationsPerClient; number++) {
    const key = keys[randomInt(random, keys.length)]!
    const dice = random.next()
    if (dice < 0.2) {
      const get = (): Promise<Held | undefined> => subject.get(key)
      const found = await recorder.time(name, get, (found) => ({
        type: 'get',
        key,
        ...(found && { found }),
      }))
      known.set(key, found?.revision ?? 0)
    } else if (dice < 0.35) {
      const prefix = ['', ...folders][randomInt(random, folders.length + 1)]!
      const list = (): ReturnType<Subject['list']> => subject.list(prefix)
      const { found } = await recorder.time(name, list, (result) => ({
        type: 'list',
        prefix,
        ...result,
      }))
      for (const held of found) known.set(held.key, held.revision)
      subject.requestProgress?.(prefix)
    } else {
      await write(subject, name, recorder, key, known, textFor(name, number, random))
    }
  }
}

async function write(
  subject: Subject,
  name: string,
  recorder: Recorder,
  key: string,
  known: Map<string, number>,
  text: string | undefined,
): Promise<void> {
  const expected = known.get(key) ?? 0
  if (expected === 0 && text === undefined) return
  const call = (): Promise<WriteOutcome> => subject.write(key, expected, text)
  const outcome = await recorder.time(name, call, (outcome) => ({
    type: 'write',
    key,
    expected,
    outcome,
    ...(text !== undefined && { text }),
  }))
  if (outcome.type === 'done' && text !== undefined) known.set(key, outcome.revision!)
  else if (outcome.type === 'done') known.set(key, 0)
  else known.set(key, (await subject.get(key))?.revision ?? 0)
}

function textFor(name: string, number: number, random: Random): string | undefined {
  if (random.next() < 0.15) return undefined
  return `${name} ${number}${random.next() < 0.5 ? '*' : ''}`
}

interface WatcherOptions {
  readonly options: RecordOptions
  /** Breaks off now and then, and resumes. */
  readonly isInterrupted?: boolean
  readonly selects?: 'marked'
}

const ITEMS_PER_WATCH = 40

async function watcher(
  subject: Subject,
  prefix: string,
  from: number,
  { options, isInterrupted = false, selects }: WatcherOptions,
): Promise<Watched> {
  const items: WatchItem[] = []
  const last = lastKey(prefix, options)
  let position = from
  for (let isAtEnd = false; !isAtEnd;) {
    const stop = new AbortController()
    const watching = { signal: stop.signal, ...(selects && { selects }) }
    let seen = 0
    for await (const item of subject.watch(prefix, position, watching)) {
      items.push(item)
      position = item.type === 'change' ? item.change.revision : item.revision
      seen += 1
      isAtEnd = item.type === 'change' && item.change.key === last
      if (isAtEnd || (isInterrupted && seen >= ITEMS_PER_WATCH)) break
    }
    stop.abort()
  }
  return { prefix, from, items, ...(selects && { selects: isMarked }) }
}
