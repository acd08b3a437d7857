import { execFile, type ExecFileException } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const execute = promisify(execFile)

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
  for (const path of (await mountPoints(directory)).toReversed())
    await execute('umount', ['--no-canonicalize', path])
}

export async function isMounted(path: string): Promise<boolean> {
  return (await mountPoints(path)).includes(path)
}

/** In the order in which they were mounted. */
async function mountPoints(directory: string): Promise<string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')
  const points = lines.map((line) =>
    (line.split(' ')[4] ?? '').replaceAll(/\\(\d{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    ),
  )
  return points.filter((point) => point === directory || point.startsWith(`${directory}/`))
}
