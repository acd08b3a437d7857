import { openSync, writeSync } from 'node:fs'
import { seededRandom, randomInt, type Random } from '../../../base/random.ts'
import type { Entry, Write } from '../../store.ts'
import { openSqliteStore, type SqliteStore } from '../sqlite-store.node.ts'

/**
 * A program that writes and says what it was promised, for tests that end it at any moment:
 *
 *     try KEY TEXT                  about to write; TEXT is - for a deletion
 *     acknowledged REVISION KEY     the last attempt at KEY has been acknowledged
 *     seen REVISION                 a watch has shown this revision
 *
 * A line is written before anything else happens. Keys are written by one writer each.
 */
const [file, report, seed, writesMax, historyBytes] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
]
const WRITERS = 8
const KEYS_PER_WRITER = 6
const TEXT_LENGTH_MAX = 6000

const output = report === '-' ? 1 : openSync(report, 'a')
const random = seededRandom(Number(seed.replace('.', '')))
let writes = 0

function say(line: string): void {
  let rest = Buffer.from(`${line}\n`)
  while (rest.length > 0) rest = rest.subarray(written(rest))
}

const PATIENCE = new Int32Array(new SharedArrayBuffer(4))

/** How many bytes went out; a pipe that is full takes none until its reader has read. */
function written(bytes: Uint8Array): number {
  try {
    return writeSync(output, bytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    Atomics.wait(PATIENCE, 0, 0, 1)
    return 0
  }
}

await using store = await openSqliteStore({ file, history: { bytes: Number(historyBytes) } })
const controller = new AbortController()
const watching = watch(store, controller.signal)
const { entries } = await store.list('')
await Promise.all(
  Array.from({ length: WRITERS }, (_, i) => writer(`/${i}/`, store, random, entries)),
)
controller.abort()
await watching

async function watch(store: SqliteStore, signal: AbortSignal): Promise<void> {
  const from = await store.revision()
  for await (const message of store.watch('', from, { signal })) {
    if (message.type === 'events') say(`seen ${message.events.at(-1)!.revision}`)
  }
}

async function writer(
  prefix: string,
  store: SqliteStore,
  random: Random,
  entries: readonly Entry[],
): Promise<void> {
  const revisions = new Map(entries.map((entry) => [entry.key, entry.revision]))
  while (writes < Number(writesMax)) {
    const number = writes++
    const key = `${prefix}${randomInt(random, KEYS_PER_WRITER)}`
    const expected = revisions.get(key) ?? 0
    const text = expected > 0 && random.next() < 0.2 ? undefined : textFor(number, random)
    say(`try ${key} ${text?.split(' ')[0] ?? '-'}`)
    const result = await store.commit(key, expected, writeOf(text))
    if (!result.ok) throw new Error(`refused ${key} at ${expected}`)
    say(`acknowledged ${result.revision} ${key}`)
    revisions.set(key, text === undefined ? 0 : result.revision)
  }
}

function textFor(number: number, random: Random): string {
  return `${seed}-${number} ${'.'.repeat(randomInt(random, TEXT_LENGTH_MAX))}`
}

function writeOf(text: string | undefined): Write {
  if (text === undefined) return { type: 'delete' }
  return { type: 'put', value: { bytes: new TextEncoder().encode(text) } }
}
