import { spawn } from 'node:child_process'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ContainerdLayout } from './layout.ts'
import { searchPathFrom } from './binaries.node.ts'
import { ended, listProcesses, signal, type Process } from './processes.node.ts'

const STOP_TIMEOUT_MS = 10_000
const LOG_BYTES_MAX = 10 * 2 ** 20 // One older log is kept beside it.

/** The containerd processes that run on this layout: one, or none. */
export async function findDaemons(layout: ContainerdLayout): Promise<readonly Process[]> {
  const processes = await listProcesses()
  return processes.filter(({ argv }) => argv[1] === '--config' && argv[2] === layout.configFile)
}

/** The shims, one for each Pod, that belong to this layout's containerd. */
export function shimsOf(
  layout: ContainerdLayout,
  processes: readonly Process[],
): readonly Process[] {
  return processes.filter(
    ({ argv }) =>
      argv[0]?.includes('containerd-shim') && argv[argv.indexOf('-address') + 1] === layout.socket,
  )
}

export interface Daemon {
  readonly pid: number
  /** Where in the log file its output begins, in bytes. */
  readonly logStart: number
  /** Aborts when it ends while we live. */
  readonly gone: AbortSignal
}

/** Starts containerd in a session of its own, so that it outlives us; its output goes to the log file. */
export async function spawnDaemon(program: string, layout: ContainerdLayout): Promise<Daemon> {
  await mkdir(layout.runDir, { recursive: true, mode: 0o711 })
  await rotateLog(layout.logFile)
  await using log = await open(layout.logFile, 'a', 0o600)
  const logStart = (await log.stat()).size
  const child = spawn(program, ['--config', layout.configFile], {
    cwd: '/',
    detached: true,
    env: { ...process.env, PATH: searchPathFrom(dirname(program)) }, // So that shims are of its release.
    stdio: ['ignore', log.fd, log.fd],
  })
  const gone = new AbortController()
  child.once('error', () => gone.abort())
  child.once('exit', () => gone.abort())
  child.unref()
  return { pid: child.pid ?? 0, logStart, gone: gone.signal }
}

/** Ends containerd; its containers go on. */
export async function stopDaemons(daemons: readonly Process[]): Promise<void> {
  const pids = daemons.map(({ pid }) => pid)
  for (const pid of pids) signal(pid, 'SIGTERM')
  if (await ended(pids, STOP_TIMEOUT_MS)) return
  for (const pid of pids) signal(pid, 'SIGKILL')
  await ended(pids, STOP_TIMEOUT_MS)
}

async function rotateLog(file: string): Promise<void> {
  const info = await stat(file).catch(() => undefined)
  if (!info || info.size < LOG_BYTES_MAX) return
  await rm(`${file}.1`, { force: true })
  await rename(file, `${file}.1`)
}
