import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { on } from 'node:events'
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { eventually } from '../../base/async-eventually.node.ts'
import type { VirtualClock } from '../../base/virtual-clock.ts'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import { storeConformance } from '../conformance.ts'
import { type StoreEvent, StoreWriteError, type WatchMessage } from '../store.ts'
import { openSqliteStore, type SqliteStore } from './sqlite-store.node.ts'

const run = promisify(execFile)

storeConformance(
  'sqlite',
  async () => {
    const folder = await temporaryFolder()
    const clock = virtualClock()
    const open = (): Promise<SqliteStore> => openSqliteStore({ file: folder.file, clock })
    let store = await open()
    return {
      store,
      passTime: (ms) => clock.advance(ms),
      async reopen() {
        await store[Symbol.asyncDispose]()
        store = await open()
        return store
      },
      async [Symbol.asyncDispose]() {
        await store[Symbol.asyncDispose]()
        await folder[Symbol.asyncDispose]()
      },
    }
  },
  { runs: 8 },
)

test('SqliteStore shows a write only when it is durable, and judges by what is pending', async () => {
  await using folder = await temporaryFolder()
  await using store = await openSqliteStore(folder)
  const first = store.commit('/a', 0, put('one'))
  const rival = store.commit('/a', 0, put('rival'))
  const second = store.commit('/a', 2, put('two'))
  const deleted = store.commit('/a', 3, { type: 'delete' })
  const nothing = store.commit('/a', 0, { type: 'delete' })
  const again = store.commit('/a', 0, put('again'))
  assert.equal(await store.get('/a'), undefined)
  assert.deepEqual([(await store.list('')).count, await store.revision()], [0, 1])
  assert.deepEqual(await first, { ok: true, revision: 2 })
  const lost = await rival
  assert.ok(!lost.ok)
  assert.equal(lost.current?.revision, 2)
  assert.deepEqual(await second, { ok: true, revision: 3 })
  assert.deepEqual(await deleted, { ok: true, revision: 4 })
  assert.equal((await nothing).ok, true)
  assert.deepEqual(await again, { ok: true, revision: 5 })
  assert.equal((await store.get('/a'))?.createRevision, 5)
})

test('SqliteStore shows in one turn no more of what is durable than those who wait can deal with', async () => {
  await using folder = await temporaryFolder()
  await using store = await openSqliteStore(folder)
  const first = store.commit('/first', 0, put('first'))
  let done = 0
  const rest = Array.from({ length: 300 }, async (_, i) => {
    await store.commit(`/${i}`, 0, put('value'))
    done += 1
  })
  await first
  for (let before = done; done < 300; before = done) {
    await nextTurn()
    // Some when the worker tells of them, and as many when the turn ends.
    assert.ok(done - before <= 64, `${done - before} at once`)
  }
  await Promise.all(rest)
  assert.deepEqual([(await store.list('')).count, await store.revision()], [301, 302])
})

test('SqliteStore finds everything again', async () => {
  await using folder = await temporaryFolder()
  {
    await using store = await openSqliteStore(folder)
    for (let i = 0; i < 50; i++) void store.commit(`/${i}`, 0, put(`value ${i}`))
    await store.commit('/empty', 0, put(''))
    await store.commit('/updated', 0, put('old'))
    await store.commit('/updated', 53, put('new'))
    await store.commit('/0', 2, { type: 'delete' })
  }
  await using store = await openSqliteStore(folder)
  assert.equal(await store.revision(), 55)
  const { entries, count } = await store.list('')
  assert.equal(count, 51)
  for (const { key, value, createRevision, revision } of entries) {
    if (key === '/updated') assert.deepEqual([createRevision, revision], [53, 54])
    else if (key === '/empty') assert.equal(value.bytes.length, 0)
    else assert.equal(text(value.bytes), `value ${key.slice(1)}`)
  }
  assert.equal((await store.list('', { revision: 54 })).count, 52)
  const events = await eventsAfter(store, 52)
  assert.deepEqual(
    events.map((event) => [
      event.type,
      event.key,
      event.previous && text(event.previous.value.bytes),
    ]),
    [
      ['put', '/updated', undefined],
      ['put', '/updated', 'old'],
      ['delete', '/0', 'value 0'],
    ],
  )
})

test('SqliteStore never goes back to a revision, though what it was for is forgotten', async () => {
  await using folder = await temporaryFolder()
  {
    await using store = await openSqliteStore(folder)
    await store.commit('/a', 0, put('one'))
    await store.commit('/a', 2, { type: 'delete' })
    await store.compact(3)
  }
  await using store = await openSqliteStore(folder)
  assert.equal(await store.revision(), 3)
  await assert.rejects(store.get('/a', { revision: 2 }), { compactedRevision: 3 })
})

test('SqliteStore deletes keys whose time came while it was closed', async () => {
  await using folder = await temporaryFolder()
  const clock = virtualClock()
  {
    await using store = await openSqliteStore({ ...folder, clock })
    await store.commit('/short', 0, { ...put('x'), ttlSeconds: 10 })
    await store.commit('/long', 0, { ...put('x'), ttlSeconds: 100 })
  }
  await clock.advance(20_000)
  await using store = await openSqliteStore({ ...folder, clock })
  await clock.advance(0)
  const [event] = await eventsAfter(store, 3, 4)
  assert.deepEqual([event?.type, event?.key], ['delete', '/short'])
  await clock.advance(80_000)
  await eventsAfter(store, 4, 5)
  assert.equal((await store.list('')).count, 0)
})

test('SqliteStore refuses what does not fit, and goes on when there is space again', async () => {
  await using folder = await temporaryFolder()
  const acknowledged: number[] = []
  {
    await using store = await openSqliteStore({ ...folder, bytesMax: 400_000 })
    const writes = Array.from({ length: 200 }, async (_, i) => {
      if (i % 10 === 0) await store.revision() // Several batches.
      const { revision } = await store.commit(`/${i}`, 0, put('x'.repeat(5000)))
      acknowledged.push(revision)
    })
    assertRefused(await Promise.allSettled(writes))
    assert.equal((await store.list('')).count, acknowledged.length)
    const revision = await store.revision()
    assert.deepEqual(await store.commit('/small', 0, put('x')), {
      ok: true,
      revision: revision + 1,
    })
    acknowledged.push(revision + 1)
  }
  await using store = await openSqliteStore(folder)
  const { entries } = await store.list('')
  assert.deepEqual(
    entries.map((entry) => entry.revision).toSorted((a, b) => a - b),
    acknowledged.toSorted((a, b) => a - b),
  )
})

test('SqliteStore outlives a disk that is full for a while', async (t) => {
  await using disk = await smallDisk(4 * 2 ** 20)
  if (!disk) return t.skip('no file system can be mounted here')
  const ballast = join(disk.folder, 'ballast')
  await writeFile(ballast, new Uint8Array(2 ** 20))
  const file = join(disk.folder, 'store.db')
  const written = new Map<string, number>()
  const write = async (store: SqliteStore, key: string): Promise<void> => {
    const { ok, revision } = await store.commit(key, 0, put('x'.repeat(10_000)))
    assert.ok(ok)
    written.set(key, revision)
  }
  {
    await using store = await openSqliteStore({ file })
    const keys = Array.from({ length: 600 }, (_, i) => `/full/${i}`)
    assertRefused(await Promise.allSettled(keys.map((key) => write(store, key))))
    // What is smaller may still have found room.
    let last = 0
    await assert.rejects(async () => {
      for (; ; last++) await write(store, `/single/${last}`)
    }, StoreWriteError)
    assert.equal(await store.get(`/single/${last}`), undefined)
    await rm(ballast)
    await write(store, '/again')
    assert.equal((await store.list('')).count, written.size)
  }
  await using store = await openSqliteStore({ file })
  const { entries } = await store.list('')
  assert.deepEqual(new Map(entries.map(({ key, revision }) => [key, revision])), written)
})

test('SqliteStore lets go of the past though nobody writes any more', async () => {
  await using folder = await temporaryFolder()
  const clock = virtualClock()
  await using store = await openSqliteStore({ ...folder, clock, history: { ms: 60_000 } })
  await store.commit('/kept', 0, put('kept'))
  for (let round = 0; round < 30; round++) await churn(store, clock, 100)
  const { size: before } = await stat(folder.file)
  assert.ok(before > 16 * 2 ** 20)
  await clock.advance(90_000)
  await eventually(async () => {
    await assert.rejects(store.get('/kept', { revision: 50 }), { name: 'CompactedError' })
    return (await stat(folder.file)).size < 12 * 2 ** 20
  })
  assert.equal(text((await store.get('/kept'))!.value.bytes), 'kept')
})

test('SqliteStore forgets by age and does not let its file grow', async () => {
  await using folder = await temporaryFolder()
  const clock = virtualClock()
  const history = { ms: 60_000, bytes: 2 ** 20 }
  await using store = await openSqliteStore({ ...folder, clock, history })
  await store.commit('/kept', 0, put('kept'))
  const rounds = 20
  for (let round = 0; round < rounds; round++) await churn(store, clock, 100)
  const { size } = await stat(folder.file)
  assert.ok(
    size < 4 * 2 ** 20,
    `${size} bytes after ${(rounds * 100 * 10_000) / 2 ** 20} MiB of writes`,
  )
  const revision = await store.revision()
  await assert.rejects(store.get('/kept', { revision: revision - 500 }), { name: 'CompactedError' })
  assert.ok(await store.get('/kept', { revision: revision - 50 }))
  await clock.advance(61_000)
  await store.commit('/now', 0, put('x'))
  await churn(store, clock, 100)
  assert.ok(await store.get('/kept'))
})

test('SqliteStore gives space back when much is deleted', async () => {
  await using folder = await temporaryFolder()
  const clock = virtualClock()
  const [count, length] = [1000, 20_000]
  {
    await using store = await openSqliteStore({ ...folder, clock })
    const value = put('x'.repeat(length))
    await Promise.all(Array.from({ length: count }, (_, i) => store.commit(`/${i}`, 0, value)))
    for (const { key, revision } of (await store.list('')).entries) {
      void store.commit(key, revision, { type: 'delete' })
    }
    await store.commit('/last', 0, put('x'))
    await store.compact(await store.revision())
  }
  {
    await using store = await openSqliteStore({ ...folder, clock })
    for (let i = 0; i < 50; i++) await store.commit(`/${i}`, 0, put('x'))
  }
  const { size } = await stat(folder.file)
  assert.ok(size < count * length * 0.6, `${size} bytes`)
})

test('SqliteStore reads the past that is only on disk, page by page', async () => {
  await using folder = await temporaryFolder()
  {
    await using store = await openSqliteStore(folder)
    for (let i = 0; i < 3000; i++) void store.commit(`/${i % 3}/${i}`, 0, put(String(i)))
    await store.commit('/1/1', 3, { type: 'delete' })
  }
  await using store = await openSqliteStore(folder)
  await store.commit('/1/new', 0, put('x'))
  const revision = 3001
  const first = await store.list('/1/', { revision, limit: 2 })
  assert.deepEqual(
    [first.count, first.entries.map((entry) => entry.key)],
    [1000, ['/1/1', '/1/10']],
  )
  const second = await store.list('/1/', { revision, limit: 1, after: '/1/10' })
  assert.deepEqual([second.count, second.entries[0]?.key], [998, '/1/100'])
  assert.equal(text((await store.get('/1/1', { revision }))!.value.bytes), '1')
  assert.equal(await store.get('/1/1', { revision: revision + 1 }), undefined)
  const events = await eventsAfter(store, 1)
  assert.deepEqual(
    events.map((event) => event.revision),
    Array.from({ length: 3002 }, (_, i) => i + 2),
  )
})

test('openSqliteStore() refuses a file that another process holds, until that is gone', async () => {
  await using folder = await temporaryFolder()
  const code = `
    const { openSqliteStore } = await import(${JSON.stringify(import.meta.resolve('./sqlite-store.node.ts'))})
    await openSqliteStore({ file: ${JSON.stringify(folder.file)} })
    console.log('open')
    setInterval(() => undefined, 1e6)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code])
  try {
    for await (const _ of on(child.stdout, 'data')) break
    await assert.rejects(openSqliteStore(folder), {
      name: 'StoreOpenError',
      problem: 'in use',
      message: `Cannot open store: ${folder.file} is in use by another process; stop that one first`,
    })
  } finally {
    child.kill('SIGKILL')
    for await (const _ of on(child, 'exit')) break
  }
  await using _ = await openSqliteStore(folder)
  await assert.rejects(openSqliteStore(folder), { problem: 'in use' })
})

test('openSqliteStore() refuses a newer format', async () => {
  await using folder = await temporaryFolder()
  await (await openSqliteStore(folder))[Symbol.asyncDispose]()
  using database = new DatabaseSync(folder.file)
  database.exec('PRAGMA user_version = 7')
  database.close()
  await assert.rejects(openSqliteStore(folder), {
    problem: 'newer format',
    message: /^Cannot open store: .* has format 7, written by a newer release/,
  })
})

test('openSqliteStore() refuses what is not its own', async () => {
  await using folder = await temporaryFolder()
  await writeFile(
    folder.file,
    'Some text, long enough to be taken for the header of a database file. '.repeat(20),
  )
  await assert.rejects(openSqliteStore(folder), { problem: 'not a store' })
  await rm(folder.file)
  using database = new DatabaseSync(folder.file)
  database.exec('CREATE TABLE other (x)')
  database.close()
  await assert.rejects(openSqliteStore(folder), {
    message: `Cannot open store: ${folder.file} is a database of another program`,
  })
  await assert.rejects(openSqliteStore({ file: join(folder.file, 'below', 'store.db') }), {
    problem: 'inaccessible',
  })
})

test('SqliteStore tells how large its file is', async () => {
  await using folder = await temporaryFolder()
  await using store = await openSqliteStore(folder)
  assert.equal(await store.sizeBytes(), (await stat(folder.file)).size)
})

test('openSqliteStore() keeps its files from others', async () => {
  await using folder = await temporaryFolder()
  await chmod(folder.folder, 0o755)
  await using store = await openSqliteStore(folder)
  await store.commit('/a', 0, put('secret'))
  for (const file of [folder.file, `${folder.file}-wal`]) {
    assert.equal((await stat(file)).mode & 0o777, 0o600)
  }
})

// Helpers

async function temporaryFolder(): Promise<{ folder: string; file: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'trierarch-store-'))
  return {
    folder,
    file: join(folder, 'store.db'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Some writes failed, all for want of space. */
function assertRefused(results: readonly PromiseSettledResult<unknown>[]): void {
  const refused = results.filter((result) => result.status === 'rejected')
  assert.ok(refused.length > 0)
  for (const { reason } of refused) {
    assert.ok(reason instanceof StoreWriteError)
    assert.match(reason.message, /^Cannot write store: no space is left/)
  }
}

/** A file system of this size; undefined where none can be mounted. */
async function smallDisk(
  bytes: number,
): Promise<({ folder: string } & AsyncDisposable) | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'trierarch-disk-'))
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]).then(
    () => true,
    () => false,
  )
  if (!mounted) await rm(folder, { recursive: true })
  if (!mounted) return undefined
  return {
    folder,
    async [Symbol.asyncDispose]() {
      await run('umount', [folder])
      await rm(folder, { recursive: true })
    },
  }
}

function put(text: string): { type: 'put'; value: { bytes: Uint8Array } } {
  return { type: 'put', value: { bytes: new TextEncoder().encode(text) } }
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

/** The events from `from` up to `to`, by default the newest. */
async function eventsAfter(store: SqliteStore, from: number, to?: number): Promise<StoreEvent[]> {
  const last = to ?? (await store.revision())
  const controller = new AbortController()
  const events: StoreEvent[] = []
  const messages: AsyncIterable<WatchMessage> = store.watch('', from, controller)
  for await (const message of messages) {
    if (message.type === 'events') events.push(...message.events)
    if (events.at(-1)?.revision === last) break
  }
  return events
}

/** Writes one key so often, 10 kB each time, in one go. */
async function churn(store: SqliteStore, clock: VirtualClock, times: number): Promise<void> {
  const first = (await store.get('/churn'))?.revision ?? 0
  const newest = await store.revision()
  const results = await Promise.all(
    Array.from({ length: times }, (_, i) =>
      store.commit('/churn', i === 0 ? first : newest + i, put('x'.repeat(10_000))),
    ),
  )
  assert.ok(results.every((result) => result.ok))
  await clock.advance(100)
}
