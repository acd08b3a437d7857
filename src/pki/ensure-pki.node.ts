import { chown, mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFilesAtomic, type FileOptions } from '../base/atomic-file.node.ts'
import { renewPki, type RenewOptions } from './cluster-pki.ts'
import { type Pki, PkiError, type PkiFiles } from './pki-files.ts'

const SECRET_MODE = 0o600
const PUBLIC_MODE = 0o644
const DIRECTORY_MODE = 0o700

interface Ownership {
  /** Whom the directory and new files are to belong to, where the caller may give files away. */
  readonly owner?: { readonly uid: number; readonly gid: number }
}

export interface EnsurePkiOptions extends RenewOptions, Ownership {}

/** A cluster's keys and certificates, and how they came to be. */
export interface EnsuredPki extends Pki {
  /** All files of the directory. */
  readonly files: PkiFiles
  /** The names of those that were made. */
  readonly changed: readonly string[]
}

/**
 * Keeps a cluster's keys and certificates in a directory, one PEM file each: makes what is missing, renews what
 * expires or no longer fits (see `renewPki`), reads the rest. Call it at every start, and again at `renewAtMs`.
 * Throws an Error of one sentence when a file cannot be used, the file system's own when it refuses.
 */
export async function ensurePki(directory: string, options: EnsurePkiOptions): Promise<EnsuredPki> {
  await makeDirectory(directory, options)
  const before = await readPkiFiles(directory)
  const { pki, changed } = renewOrExplain(directory, before, options)
  await writePkiFiles(directory, changed, options)
  return { ...pki, files: new Map([...before, ...changed]), changed: [...changed.keys()] }
}

async function makeDirectory(path: string, { owner }: Ownership): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: DIRECTORY_MODE })
  if (made !== undefined && owner) await chown(path, owner.uid, owner.gid)
}

/**
 * Writes keys and certificates into a directory, which is made where it is missing. Keys come first: what a crash leaves
 * is then a key without its certificate, which is missed.
 */
export async function writePkiFiles(
  directory: string,
  files: PkiFiles,
  { owner }: Ownership = {},
): Promise<void> {
  await makeDirectory(directory, { ...(owner && { owner }) })
  const write = (secret: boolean): Promise<void> => {
    const options: FileOptions = {
      mode: secret ? SECRET_MODE : PUBLIC_MODE,
      ...(owner && { owner }),
    }
    const some = [...files].filter(([name]) => name.endsWith('.key') === secret)
    return writeFilesAtomic(
      directory,
      some.map(([name, text]) => [name, text, options]),
    )
  }
  await write(true)
  await write(false)
}

/** The texts of a directory's keys and certificates. */
export async function readPkiFiles(directory: string): Promise<PkiFiles> {
  const names = (await readdir(directory)).filter((name) => /^[^.].*\.(crt|key|pub)$/.test(name))
  return new Map(
    await Promise.all(
      names.map(async (name) => [name, await readFile(join(directory, name), 'utf8')] as const),
    ),
  )
}

function renewOrExplain(
  directory: string,
  files: PkiFiles,
  options: RenewOptions,
): ReturnType<typeof renewPki> {
  try {
    return renewPki(files, options)
  } catch (error) {
    if (!(error instanceof PkiError)) throw error
    const path = join(directory, error.file)
    throw new Error(`Cannot use ${path}: ${error.message}.`, { cause: error })
  }
}
