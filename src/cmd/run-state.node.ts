import { existsSync, readFileSync, rmSync } from 'node:fs'
import { type DataDirectory, readJson, writeJson } from './data-directory.node.ts'

/** A process, and when it started, so that another one that got its number later is not taken for it. */
export interface ProcessIdentity {
  readonly pid: number
  readonly startTime: string
}

/** Which processes run a cluster, as DIR/run.json says. */
export interface RunState {
  readonly supervisor: ProcessIdentity
  /** Serves the API. */
  readonly controlPlane?: ProcessIdentity
  readonly nodeAgent?: ProcessIdentity
  /** Where the API is served, such as https://127.0.0.1:6443. */
  readonly server?: string
  readonly node: 'containerd' | 'simulated' | 'none'
}

export function readRunState(directory: DataDirectory): RunState | undefined {
  return readJson<RunState>(directory.runState)
}

export async function writeRunState(directory: DataDirectory, state: RunState): Promise<void> {
  await writeJson(directory.runState, state)
}

export function removeRunState(directory: DataDirectory): void {
  rmSync(directory.runState, { force: true })
}

export function identityOf(pid: number): ProcessIdentity {
  return { pid, startTime: startTimeOf(pid) ?? '' }
}

export function isRunning(process_: ProcessIdentity | undefined): boolean {
  if (!process_) return false
  const startTime = startTimeOf(process_.pid)
  return startTime !== undefined && startTime === process_.startTime
}

/** When a process started, in the kernel's ticks; empty where there is no /proc; undefined where it does not run. */
function startTimeOf(pid: number): string | undefined {
  if (existsSync('/proc/self/stat')) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // The command's name may hold spaces and brackets, so the fields are counted behind its end.
      const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return state === 'Z' ? undefined : fields[18]
    } catch {
      return undefined
    }
  }
  try {
    process.kill(pid, 0)
    return ''
  } catch {
    return undefined
  }
}
