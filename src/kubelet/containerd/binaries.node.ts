import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { ContainerdError } from './errors.ts'

/** Absolute paths of the programs that a containerd of ours needs. */
export interface ContainerdBinaries {
  readonly containerd: string
  readonly ctr: string
  readonly runc: string
}

const SYSTEM_DIRS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/**
 * The directories in which programs are looked for: PATH, then those of the system, since a user's PATH often lacks
 * the ones where runc and the network tools are.
 */
export function searchPath(path = process.env['PATH'] ?? ''): string {
  return [...new Set([...path.split(delimiter).filter(Boolean), ...SYSTEM_DIRS])].join(delimiter)
}

/** The same, where what is in one directory comes before all of it. */
export function searchPathFrom(directory: string): string {
  return searchPath([directory, process.env['PATH'] ?? ''].join(delimiter))
}

/** The first executable file of that name on the search path. */
export async function findBinary(name: string, path = searchPath()): Promise<string | undefined> {
  for (const directory of path.split(delimiter)) {
    const file = join(directory, name)
    if (await isExecutable(file)) return file
  }
  return undefined
}

/** Finds containerd and what belongs to it. Throws a `ContainerdError` that names all that is missing. */
export async function findContainerd(path = searchPath()): Promise<ContainerdBinaries> {
  const names = ['containerd', 'ctr', 'runc', 'containerd-shim-runc-v2']
  const found = await Promise.all(names.map((name) => findBinary(name, path)))
  const missing = names.filter((_, index) => !found[index])
  if (missing.length > 0) throw missingError(missing)
  return { containerd: found[0]!, ctr: found[1]!, runc: found[2]! }
}

function missingError(missing: readonly string[]): ContainerdError {
  const many = missing.length > 1
  return new ContainerdError(
    'missing',
    `Cannot start containerd: ${missing.join(', ')} ${many ? 'are' : 'is'} not on the PATH; install the packages containerd and runc`,
  )
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return true
  } catch {
    return false // Missing, or not for us.
  }
}
