import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Random, randomInt, seededRandom } from '../../../base/random.ts'
import { FIRST_REVISION, StoreOpenError } from '../../store.ts'
import { openSqliteStore } from '../sqlite-store.node.ts'
import { Disk, type Operation, parseLog, textWritten } from './disk-log.ts'
import { Ledger } from './ledger.node.ts'

const run = promisify(execFile)
const WRITER = fileURLToPath(new URL('./writer.node.ts', import.meta.url))
const RECORDER = fileURLToPath(new URL('./recorder.c', import.meta.url))
/** More make a soak run: `CRASH_CUTS=2000 node --test src/storage/sqlite/crash/power-loss.test.ts`. */
const CUTS = Number(process.env['CRASH_CUTS'] ?? 12)
const SEED = Number(process.env['CRASH_SEED'] ?? 1)
const WRITES = 3000 // Enough for checkpoints, sweeps and vacuums.
const HISTORY_BYTES = 2 ** 18
const NO_RECORDER = 'there is no C compiler for the recorder, or no LD_PRELOAD'

let folder: string
let recorder: string | undefined
let recorded: readonly Operation[]

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trierarch-power-'))
  recorder = await compiledRecorder()
  if (!recorder) return
  const log = join(folder, 'log')
  await runWriter(join(folder, 'disk'), { LD_PRELOAD: recorder, RECORDER_LOG: log })
  recorded = [...parseLog(await readFile(log))]
})
after(() => rm(folder, { recursive: true, force: true }))

test(`SqliteStore keeps what it acknowledged through ${CUTS} power cuts`, async (t) => {
  if (!recorder) return t.skip(NO_RECORDER)
  for await (const problem of cuts(recorded, CUTS)) assert.ifError(problem)
})

test('A store that did not sync would lose acknowledged writes, and that is noticed', async (t) => {
  if (!recorder) return t.skip(NO_RECORDER)
  const unsynced = recorded.filter(({ type, path }) => type !== 'synced' || !path.endsWith('-wal'))
  let lost = 0
  for await (const problem of cuts(unsynced, 10)) lost += problem ? 1 : 0
  assert.ok(lost > 0)
})

test('SqliteStore stops at a failed sync, and what was acknowledged before it stays', async (t) => {
  if (!recorder) return t.skip(NO_RECORDER)
  const disk = join(folder, 'failing')
  const failing = { LD_PRELOAD: recorder, RECORDER_LOG: '/dev/null', RECORDER_SYNCS: '100' }
  await assert.rejects(runWriter(disk, failing), /StoreWriteError: Cannot write store: I\/O error/)
  const ledger = new Ledger([], FIRST_REVISION)
  ledger.read(await readFile(join(disk, 'report'), 'utf8'))
  assert.ok(ledger.acknowledged() > 50)
  await using store = await openSqliteStore({ file: join(disk, 'store.db') })
  await ledger.check(store)
})

/** The path of the recorder; undefined where it cannot be had. */
async function compiledRecorder(): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined
  const library = join(folder, 'recorder.so')
  try {
    await run('cc', ['-shared', '-fPIC', '-O1', '-o', library, RECORDER, '-ldl', '-lpthread'])
    return library
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Lets a writer work in the folder until it has done. */
async function runWriter(disk: string, env: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(disk)
  const args = [WRITER, join(disk, 'store.db'), join(disk, 'report'), String(SEED)]
  await run(process.execPath, [...args, String(WRITES), String(HISTORY_BYTES)], {
    env: { ...process.env, ...env, RECORDER_FOLDER: disk },
  })
}

/** Cuts the power at random moments; yields for each what the store then lacks, or undefined. */
async function* cuts(operations: readonly Operation[], count: number): AsyncGenerator {
  const random = seededRandom(SEED)
  const disk = new Disk(join(folder, 'disk'))
  const moments = Array.from({ length: count }, () => randomInt(random, operations.length + 1))
  let applied = 0
  for (const moment of moments.toSorted((a, b) => a - b)) {
    while (applied < moment) disk.apply(operations[applied++]!)
    const report = textWritten(operations.slice(0, moment), join(folder, 'disk', 'report'))
    yield problemAfter(disk, report, random)
  }
}

async function problemAfter(disk: Disk, report: string, random: Random): Promise<unknown> {
  const found = join(folder, 'found')
  await mkdir(found)
  try {
    for (const [path, content] of disk.cut(random)) {
      await writeFile(join(found, basename(path)), content)
    }
    const ledger = new Ledger([], FIRST_REVISION)
    ledger.read(report)
    await using store = await openSqliteStore({ file: join(found, 'store.db') })
    await ledger.check(store)
    return undefined
  } catch (error) {
    if (error instanceof assert.AssertionError || error instanceof StoreOpenError) return error
    throw error
  } finally {
    await rm(found, { recursive: true })
  }
}
