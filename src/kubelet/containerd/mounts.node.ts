import { readFile } from 'node:fs/promises'
import { run } from './run.node.ts'

/** Mount points at or below any of the directories, the deepest first. */
export async function mountsBelow(directories: readonly string[]): Promise<readonly string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')
  return lines
    .map((line) => unescaped(line.split(' ')[4] ?? ''))
    .filter((point) =>
      directories.some((directory) => point === directory || point.startsWith(`${directory}/`)),
    )
    .toReversed() // A mount is listed after the one that it lies in.
}

/** Unmounts everything at or below the directories; what is busy goes away when its last user does. */
export async function unmountBelow(directories: readonly string[]): Promise<void> {
  const points = await mountsBelow(directories)
  if (points.length > 0) await run('umount', ['--lazy', ...points])
}

// mountinfo writes spaces and such as octal numbers.
function unescaped(path: string): string {
  return path.replace(/\\(\d{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}
