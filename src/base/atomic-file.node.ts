import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { systemRandom } from './random.node.ts'

export interface FileOptions {
  /** Permission bits; 0o600, the owner alone, for secrets. */
  readonly mode: number
  /** Whom the file is to belong to, where the caller may give files away. */
  readonly owner?: { readonly uid: number; readonly gid: number }
}

/**
 * Replaces a file as a whole: after a crash it holds the old text or the new one, never a part, and once this
 * resolves the new one survives a power cut. Throws the file system's errors, and leaves nothing behind then.
 */
export async function writeFileAtomic(
  path: string,
  text: string,
  options: FileOptions,
): Promise<void> {
  await replaceFile(path, text, options)
  await syncDirectory(dirname(path))
}

/** The same for several files of one directory, which is synced once. */
export async function writeFilesAtomic(
  directory: string,
  files: Iterable<readonly [name: string, text: string, options: FileOptions]>,
): Promise<void> {
  const writes = [...files].map(([name, text, options]) =>
    replaceFile(join(directory, name), text, options),
  )
  if (writes.length === 0) return
  await Promise.all(writes)
  await syncDirectory(directory)
}

async function replaceFile(path: string, text: string, options: FileOptions): Promise<void> {
  const suffix = systemRandom.bytes(6).toHex()
  const temporary = join(dirname(path), `.${basename(path)}.${suffix}.tmp`)
  try {
    await writeSynced(temporary, text, options)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function writeSynced(
  path: string,
  text: string,
  { mode, owner }: FileOptions,
): Promise<void> {
  await using file = await open(path, 'wx', mode)
  if (owner) await file.chown(owner.uid, owner.gid)
  await file.writeFile(text)
  await file.datasync()
}

// A rename is safe only once the directory that holds the name is on disk.
async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r')
  await directory.sync()
}
