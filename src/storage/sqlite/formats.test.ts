import assert from 'node:assert/strict'
import { cp, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { follow, summary, textOf } from '../conformance-helpers.ts'
import { type Migrations, openFile } from './schema.node.ts'
import { openSqliteStore } from './sqlite-store.node.ts'

/** Stores as releases of each format have written them. Of what is added here, nothing is ever changed. */
const FORMATS = [1]
const BYTES_MAX = 2 ** 30

for (const format of FORMATS) {
  test(`openSqliteStore() opens a store of format ${format}`, async () => {
    await using copy = await copyOf(format)
    await using store = await openSqliteStore({ file: copy.file, history: { ms: Infinity } })
    assert.equal(await store.revision(), 7)
    const { entries } = await store.list('/registry/')
    assert.deepEqual(
      entries.map(({ key, revision, createRevision }) => [key, revision, createRevision]),
      [
        ['/registry/events/default/e', 7, 7],
        ['/registry/pods/default/web-0', 2, 2],
        ['/registry/pods/default/web-1', 5, 3],
      ],
    )
    assert.match(textOf(entries[2])!, /^\{"kind":"Pod".*"image":"nginx:1.29"/)
    await using watch = follow(store, '/registry/pods/', 4)
    await watch.reaches(7)
    assert.deepEqual(
      watch.events.map((event) => summary(event).replaceAll(/\{.*?\}(?= |$)/g, 'POD')),
      [
        'put /registry/pods/default/web-1 5 POD -> POD',
        'delete /registry/pods/default/web-2 6 POD',
      ],
    )
    await assert.rejects(store.list('', { revision: 3 }), { name: 'CompactedError' })
  })
}

const TO_NEXT: Migrations = [
  (database) => database.exec('ALTER TABLE state ADD COLUMN more INTEGER NOT NULL DEFAULT 5'),
]

test('openFile() migrates an older format after it has made a copy', async () => {
  await using old = await copyOf(1)
  const database = openFile(old.file, BYTES_MAX, TO_NEXT)
  assert.equal(database.prepare('SELECT more FROM state').get()!['more'], 5)
  database.close()
  // The copy is whole, and today's release opens it; of the migrated one it says what to do.
  await assert.rejects(openSqliteStore({ file: old.file }), {
    problem: 'newer format',
    message: `Cannot open store: ${old.file} has format 2, written by a newer release; this one knows format 1, use the newer release`,
  })
  assert.equal((await stat(`${old.file}.format-1`)).mode & 0o777, 0o600)
  await using copy = await openSqliteStore({ file: `${old.file}.format-1` })
  assert.equal((await copy.list('')).count, 3)
  openFile(old.file, BYTES_MAX, TO_NEXT).close()
})

test('openFile() leaves everything as it was when a migration fails', async () => {
  await using old = await copyOf(1)
  const failing: Migrations = [
    (database) => {
      database.exec('DELETE FROM log')
      throw new Error('broken')
    },
  ]
  assert.throws(() => openFile(old.file, BYTES_MAX, failing), { message: /: broken$/ })
  await using store = await openSqliteStore({ file: old.file })
  assert.equal((await store.list('')).count, 3)
})

test('SqliteStore.copyTo() copies the store while it is written', async () => {
  await using folder = await copyOf(1)
  const to = join(folder.folder, 'copy.db')
  const value = { bytes: new Uint8Array(20_000) }
  await using store = await openSqliteStore({ file: folder.file })
  const write = (i: number) => store.commit(`/many/${i}`, 0, { type: 'put', value })
  await Promise.all(Array.from({ length: 500 }, (_, i) => write(i)))
  const before = await store.revision()
  const copying = store.copyTo(to)
  let written = 500
  const done = copying.then(() => true)
  while (!(await Promise.race([done, write(written++).then(() => false)])));
  await using copy = await openSqliteStore({ file: to })
  const revision = await copy.revision()
  assert.ok(revision >= before && revision <= (await store.revision()))
  assert.equal((await copy.list('/many/')).count, revision - 7)
})

async function copyOf(format: number): Promise<{ file: string; folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'trierarch-format-'))
  const file = join(folder, 'store.db')
  await cp(join(import.meta.dirname, 'formats', `format-${format}.db`), file)
  return { file, folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}
