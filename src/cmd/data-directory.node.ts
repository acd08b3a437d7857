import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { writeFileAtomic } from '../base/atomic-file.node.ts'
import { UserError } from './user-error.ts'

/**
 * Grows when the directory is laid out otherwise, or what is in it is written otherwise: then `prepareDataDirectory` has
 * to bring older ones to it, after a copy. (The store has a format of its own, for its tables.)
 */
const FORMAT = 1

/** Where one cluster keeps all its state, keys and logs. */
export interface DataDirectory {
  readonly path: string
  /** The admin's kubeconfig. */
  readonly kubeconfig: string
  /** Which other kubeconfigs the admin's context was merged into. */
  readonly kubeconfigs: string
  readonly pki: string
  readonly store: string
  readonly node: string
  readonly logs: string
  /** The flags of the last `up`, which a later one needs not repeat. */
  readonly flags: string
  /** Which processes run the cluster now. */
  readonly runState: string
  /** Which format the directory has. */
  readonly format: string
}

export function dataDirectory(path: string): DataDirectory {
  const root = resolve(path.replace(/^~(?=\/|$)/, homedir()))
  return {
    path: root,
    kubeconfig: join(root, 'kubeconfig'),
    kubeconfigs: join(root, 'kubeconfigs.json'),
    pki: join(root, 'pki'),
    store: join(root, 'store'),
    node: join(root, 'node'),
    logs: join(root, 'logs'),
    flags: join(root, 'flags.json'),
    runState: join(root, 'run.json'),
    format: join(root, 'format.json'),
  }
}

/** Makes what is missing of the directory. Throws `UserError` where it cannot be written, or a newer release wrote it. */
export function prepareDataDirectory(directory: DataDirectory): void {
  checkFormat(directory)
  try {
    mkdirSync(directory.path, { recursive: true, mode: 0o700 })
    for (const each of [directory.pki, directory.store, directory.node, directory.logs]) {
      mkdirSync(each, { recursive: true, mode: 0o700 })
    }
    accessSync(directory.path, constants.W_OK)
    if (!existsSync(directory.format))
      writeFileSync(directory.format, `${JSON.stringify({ format: FORMAT })}\n`, { mode: 0o600 })
  } catch (cause) {
    throw new UserError(
      `Cannot use data directory ${directory.path}: ${reason(cause)}; choose another with --data-dir.`,
      { cause },
    )
  }
}

// Directories from before there was a number have the first format.
function checkFormat(directory: DataDirectory): void {
  const { format } = readJson<{ format: number }>(directory.format) ?? { format: 1 }
  if (format <= FORMAT) return
  throw new UserError(
    `Cannot use data directory ${directory.path}: it has format ${format}, written by a newer release; this one knows format ${FORMAT}, use the newer release.`,
  )
}

/** A JSON file of the directory; undefined where there is none. */
export function readJson<T>(path: string): T | undefined {
  if (!existsSync(path)) return undefined
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch (cause) {
    throw new UserError(`Cannot read ${path}: ${reason(cause)}; remove the file or restore it.`, {
      cause,
    })
  }
}

export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 })
}

/** Why a system call failed, in a word or two. */
export function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  const words: Record<string, string> = {
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'the file system is read-only',
    ENOTDIR: 'it is not a directory',
    EEXIST: 'it is not a directory',
    ENOSPC: 'the disk is full',
    ENOENT: 'it does not exist',
  }
  return words[code ?? ''] ?? (error instanceof Error ? error.message : String(error))
}
