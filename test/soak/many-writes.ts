import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { virtualClock } from '../../src/base/virtual-clock.node.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { openSqliteStore, type SqliteStore } from '../../src/storage/sqlite/sqlite-store.node.ts'

const WRITES = 10_000_000
const KEYS = 50_000
const VALUE_BYTES = 1000
const AT_ONCE = 5000
const HISTORY = { ms: 60_000, bytes: 8 * 2 ** 20 }
const FACTOR_MAX = 3

export const soak = {
  name: 'many-writes',
  what: `the file stays below ${FACTOR_MAX} times the live data through ten million writes`,
  run: (log: (line: string) => void): Promise<string> => manyWrites(WRITES, log),
}

/** Writes so often to the same keys, and checks how large the files are all the while. */
export async function manyWrites(writes: number, log: (line: string) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trierarch-writes-'))
  const clock = virtualClock()
  const revisions: number[] = Array.from({ length: KEYS }, () => 0)
  const liveBytes = KEYS * VALUE_BYTES
  let largest = 0
  try {
    await using store = await openSqliteStore({
      file: join(folder, 'store.db'),
      clock,
      history: HISTORY,
    })
    for (let done = 0; done < writes; done += AT_ONCE) {
      await Promise.all(
        Array.from({ length: AT_ONCE }, (_, i) => write(store, revisions, done + i)),
      )
      await clock.advance(1000)
      if ((done / AT_ONCE) % 20 === 19) {
        largest = Math.max(largest, await sizeOf(folder))
        assert.ok(largest < FACTOR_MAX * liveBytes, `${largest} bytes`)
      }
      if (done % 1_000_000 === 0) log(`${done} writes, ${megabytes(await sizeOf(folder))}`)
    }
    // The past that is kept goes, too, when it is old enough, though nobody writes.
    await clock.advance(2 * HISTORY.ms)
    await eventually(async () => (await sizeOf(folder)) < FACTOR_MAX * liveBytes)
    const size = await sizeOf(folder)
    return `${writes} writes of ${KEYS} keys: ${megabytes(liveBytes)} live, files at most ${megabytes(largest)}, ${megabytes(size)} in the end`
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function write(store: SqliteStore, revisions: number[], number: number): Promise<void> {
  // Every key in turn, but in an order that is not that of the keys.
  const key = (number * 7919) % KEYS
  const value = { bytes: new Uint8Array(VALUE_BYTES).fill(number) }
  const { ok, revision } = await store.commit(`/registry/things/${key}`, revisions[key]!, {
    type: 'put',
    value,
  })
  assert.ok(ok)
  revisions[key] = revision
}

async function sizeOf(folder: string): Promise<number> {
  const sizes = await Promise.all(
    (await readdir(folder)).map(async (file) => (await stat(join(folder, file))).size),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`
}
