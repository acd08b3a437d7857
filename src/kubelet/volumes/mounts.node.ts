import { execFile, type ExecFileException } from 'node:child_process'
import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Names a file without opening it, so that neither a pipe nor a device does anything (open(2)). */
export const O_PATH = 0o10000000

/** Mounts a file system in memory, which is not swapped out to a disk where the kernel (6.4) knows how. */
export async function mountTmpfs(path: string, sizeBytes?: number): Promise<void> {
  const size = sizeBytes === undefined ? [] : [`size=${sizeBytes}`]
  const tmpfs = (options: readonly string[]): Promise<void> =>
    mount(['-t', 'tmpfs', 'tmpfs', path, ...(options.length > 0 ? ['-o', options.join(',')] : [])])
  await tmpfs([...size, 'noswap']).catch(() => tmpfs(size))
}

/** Calls `mount`. Throws what upstream says where that fails. */
export async function mount(args: readonly string[]): Promise<void> {
  try {
    await execute('mount', args)
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as ExecFileException & Output
    throw new Error(
      `mount failed: exit status ${code}\nMounting command: mount\nMounting arguments: ${args.join(' ')}\nOutput: ${stdout}${stderr}`,
      { cause: error },
    )
  }
}

interface Output {
  readonly stdout?: string
  readonly stderr?: string
}

/** Shows a file or directory at another place. */
export async function bindMount(from: string, to: string): Promise<void> {
  await execute('mount', ['--no-canonicalize', '--bind', from, to])
}

/** Unmounts all that is mounted at or below a directory, the deepest first. */
export async function unmountBelow(directory: string): Promise<void> {
  for (const path of (await mountPoints(directory)).toReversed()) {
    try {
      await execute('umount', ['--no-canonicalize', path])
    } catch (error) {
      // It may have gone with another one that it was propagated from.
      if (await isMounted(path)) throw error
    }
  }
}

/** Whether something is mounted at a path without links: then it is on another mount than its directory. */
export async function isMounted(path: string): Promise<boolean> {
  try {
    const [own, around] = await Promise.all([mountIdOf(path), mountIdOf(dirname(path))])
    return own !== around
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    // Its server or driver is gone, and the mount is still there.
    return (await mountPoints(path)).includes(path)
  }
}

/** Of the mount that a path is on. A list of all mounts takes milliseconds on a node with many Pods. */
async function mountIdOf(path: string): Promise<string> {
  await using handle = await open(path, O_PATH)
  const text = await readFile(`/proc/self/fdinfo/${handle.fd}`, 'utf8')
  return /^mnt_id:\s*(\d+)$/m.exec(text)![1]!
}

/**
 * Has what containers mount below a directory reach the node, and what the node mounts there reach them, as far as their
 * own mounts ask for it: drivers in Pods need that. Makes the directory where it is missing.
 */
export async function makeShared(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o750 })
  const all = await mounts()
  const around = all.filter(({ point }) => isWithin(directory, point))
  const nearest = around.reduce((a, b) => (b.point.length >= a.point.length ? b : a))
  if (nearest.isShared) return
  if (nearest.point !== directory) {
    // What is mounted below would be hidden, or be there twice.
    if (all.some(({ point }) => isWithin(point, directory))) return
    await bindMount(directory, directory)
  }
  await execute('mount', ['--make-rshared', directory])
}

/** In the order in which they were mounted. */
async function mountPoints(directory: string): Promise<string[]> {
  return (await mounts()).map(({ point }) => point).filter((point) => isWithin(point, directory))
}

interface MountEntry {
  readonly point: string
  readonly isShared: boolean
}

/** See proc_pid_mountinfo(5). */
async function mounts(): Promise<MountEntry[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).trimEnd().split('\n')
  return lines.map((line) => {
    const [, , , , point = '', , ...fields] = line.split(' ')
    return {
      point: point.replaceAll(/\\(\d{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      ),
      isShared: fields.slice(0, fields.indexOf('-')).some((field) => field.startsWith('shared:')),
    }
  })
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`)
}
