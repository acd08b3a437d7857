import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs'
import { StoreOpenError } from '../store.ts'
import { createStoreFile, openFile, syncFile } from './schema.node.ts'
import { dirname } from 'node:path'

const BYTES_MAX = 2 ** 43
const LOST: ReadonlySet<string> = new Set(['damaged', 'not a store', 'newer format'])
/**
 * How far revisions jump ahead, as with etcd's own tools: whoever has seen revisions that the copy does not know must not
 * take later ones for them.
 */
const REVISIONS_SKIPPED = 1_000_000_000

/**
 * Puts a copy of a store in its place, as the newest state without a past. What was there is kept beside it, under a name
 * that is returned; undefined where there was nothing. Throws `StoreOpenError`, and then nothing has changed.
 */
export function restoreFile(copy: string, file: string, aside: string): string | undefined {
  if (!existsSync(copy)) throw new StoreOpenError('inaccessible', `${copy} does not exist`)
  const isThere = existsSync(file)
  if (isThere) joinLog(file)
  const unfinished = `${file}.restoring`
  try {
    rmSync(unfinished, { force: true })
    createStoreFile(unfinished)
    copyFileSync(copy, unfinished)
    skipRevisions(unfinished)
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw error
  }
  if (isThere) renameSync(file, aside)
  if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${aside}-wal`)
  renameSync(unfinished, file)
  syncFile(dirname(file))
  return isThere ? aside : undefined
}

/** Has all of a store in its one file, unless it is none that can be opened. Throws where somebody else has it open. */
function joinLog(file: string): void {
  try {
    openFile(file, BYTES_MAX).close()
  } catch (error) {
    const isLost = error instanceof StoreOpenError && LOST.has(error.problem)
    if (!isLost) throw error
  }
}

function skipRevisions(file: string): void {
  const database = openFile(file, BYTES_MAX)
  try {
    const problem = Object.values(database.prepare('PRAGMA quick_check(1)').get()!)[0]
    if (problem !== 'ok') {
      throw new StoreOpenError('damaged', `${file} is damaged: ${String(problem)}`)
    }
    database.exec(`
      UPDATE state SET revision = revision + ${REVISIONS_SKIPPED};
      UPDATE state SET floor = revision;
    `)
  } finally {
    database.close() // Which writes and syncs everything into the one file.
  }
}
