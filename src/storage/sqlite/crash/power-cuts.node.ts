import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
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
const WRITES = 3000 // Enough for checkpoints, sweeps and vacuums.
const HISTORY_BYTES = 2 ** 18

/** Why power cuts cannot be made here. */
export const NO_RECORDER = 'there is no C compiler for the recorder, or no LD_PRELOAD'

/** What a writer did to its files, recorded once and cut off at any moment. */
export interface Recording extends AsyncDisposable {
  /**
   * Cuts the power at random moments and checks what is left; yields for each what is lacking, or undefined. Without
   * syncs, the disk never gets to know what the store asked it to make durable.
   */
  cuts(count: number, options?: { readonly withoutSyncs?: boolean }): AsyncGenerator
  /** Lets a writer work on a disk on which each sync after the first ones fails. Returns its report and its file. */
  failingSyncs(
    after: number,
  ): Promise<{ readonly error: unknown; readonly report: string; readonly file: string }>
}

/** Records a writer at work; undefined where that cannot be done. */
export async function recordWriter(seed: number): Promise<Recording | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'trierarch-power-'))
  const recorder = await compiledRecorder(folder)
  if (recorder === undefined) {
    await rm(folder, { recursive: true })
    return undefined
  }
  const log = join(folder, 'log')
  const disk = join(folder, 'disk')
  await runWriter(disk, seed, { LD_PRELOAD: recorder, RECORDER_LOG: log })
  const recorded = [...parseLog(await readFile(log))]
  const unsynced = recorded.filter(({ type, path }) => type !== 'synced' || !path.endsWith('-wal'))
  return {
    cuts: (count, { withoutSyncs = false } = {}) =>
      cuts(folder, withoutSyncs ? unsynced : recorded, count, seed),
    async failingSyncs(after) {
      const failing = join(folder, 'failing')
      const env = { LD_PRELOAD: recorder, RECORDER_LOG: '/dev/null', RECORDER_SYNCS: String(after) }
      const error: unknown = await runWriter(failing, seed, env).catch((error: unknown) => error)
      const report = await readFile(join(failing, 'report'), 'utf8')
      return { error, report, file: join(failing, 'store.db') }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** The path of the recorder; undefined where it cannot be had. */
async function compiledRecorder(folder: string): Promise<string | undefined> {
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
async function runWriter(disk: string, seed: number, env: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(disk)
  const args = [WRITER, join(disk, 'store.db'), join(disk, 'report'), String(seed)]
  await run(process.execPath, [...args, String(WRITES), String(HISTORY_BYTES)], {
    env: { ...process.env, ...env, RECORDER_FOLDER: disk },
  })
}

/** Cuts the power at random moments; yields for each what the store then lacks, or undefined. */
async function* cuts(
  folder: string,
  operations: readonly Operation[],
  count: number,
  seed: number,
): AsyncGenerator {
  const random = seededRandom(seed)
  const disk = new Disk(join(folder, 'disk'))
  const moments = Array.from({ length: count }, () => randomInt(random, operations.length + 1))
  let applied = 0
  for (const moment of moments.toSorted((a, b) => a - b)) {
    while (applied < moment) disk.apply(operations[applied++]!)
    const report = textWritten(operations.slice(0, moment), join(folder, 'disk', 'report'))
    yield problemAfter(join(folder, 'found'), disk, report, random)
  }
}

async function problemAfter(
  found: string,
  disk: Disk,
  report: string,
  random: Random,
): Promise<unknown> {
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
