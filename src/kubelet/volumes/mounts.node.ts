import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Mounts a file system in memory. */
export async function mountTmpfs(path: string, sizeBytes: number | undefined): Promise<void> {
  const size = sizeBytes === undefined ? [] : ['-o', `size=${sizeBytes}`]
  await execute('mount', ['-t', 'tmpfs', ...size, 'tmpfs', path])
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
