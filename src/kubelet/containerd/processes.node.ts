import { readFile, readdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

export interface Process {
  readonly pid: number
  readonly parent: number
  readonly argv: readonly string[]
}

const POLL_MS = 10 // Processes that are not our children cannot tell us that they ended.

/** All processes that run, zombies left out. */
export async function listProcesses(): Promise<readonly Process[]> {
  const names = await readdir('/proc')
  const processes = await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .map(readProcess),
  )
  return processes.filter((process) => process !== undefined)
}

async function readProcess(pid: number): Promise<Process | undefined> {
  try {
    const [stat, cmdline] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ])
    // The name before these fields is in parentheses and may hold anything.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z' || state === 'X') return undefined
    return { pid, parent: Number(parent), argv: cmdline.split('\0').slice(0, -1) }
  } catch {
    return undefined // It ended meanwhile.
  }
}

/** The processes below `ancestors`, which are not among them. */
export function descendants(
  processes: readonly Process[],
  ancestors: readonly Process[],
): readonly Process[] {
  const children = processes.filter(({ parent }) => ancestors.some(({ pid }) => pid === parent))
  return children.length === 0 ? [] : [...children, ...descendants(processes, children)]
}

/** Sends a signal; whether there was anyone to get it. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/** Waits until all of them have ended; false when some still run after `timeoutMs`. */
export async function ended(pids: readonly number[], timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  let running = pids
  while (running.length > 0) {
    const alive = await Promise.all(running.map(readProcess))
    running = running.filter((_, index) => alive[index])
    if (running.length > 0 && performance.now() > deadline) return false
    if (running.length > 0) await delay(POLL_MS)
  }
  return true
}
