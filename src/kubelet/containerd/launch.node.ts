import { readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Connection } from '../../grpc/connection.ts'
import { isUnimplemented, GrpcError } from '../../grpc/errors.ts'
import { RUNTIME } from '../cri/methods.ts'
import type { VersionResponse } from '../cri/types.ts'
import { findDaemons, shimsOf, spawnDaemon, stopDaemons, type Daemon } from './daemon.node.ts'
import { failedToStart } from './errors.ts'
import { failureIn } from './log.ts'
import type { ContainerdLayout } from './layout.ts'
import { listProcesses } from './processes.node.ts'

const START_TIMEOUT_MS = 30_000
const RETRY_MS = 10

export interface Running {
  readonly pid: number
  readonly found: boolean
  readonly version: VersionResponse
}

/** Finds the containerd that runs with this configuration, or starts one; a start that fails leaves nothing running. */
export async function launch(
  program: string,
  layout: ContainerdLayout,
  config: string,
  connection: Connection,
): Promise<Running> {
  const daemons = await findDaemons(layout)
  const [daemon] = daemons
  if (daemon?.argv[0] === program && (await readIfPresent(layout.configFile)) === config) {
    const version = await answer(connection).catch(() => undefined)
    if (version) return { pid: daemon.pid, found: true, version }
  }
  // One that is stuck or configured otherwise makes way; its containers run on and are taken over.
  await stopDaemons(daemons)
  await writeFile(layout.configFile, config, { mode: 0o600 })
  const spawned = await spawnDaemon(program, layout)
  try {
    return { pid: spawned.pid, found: false, version: await firstAnswer(connection, spawned) }
  } catch (error) {
    const log = await readFile(layout.logFile)
    const reason = failureIn(log.subarray(spawned.logStart).toString())
    await cleanUp(layout)
    throw failedToStart(`${reason} (see ${layout.logFile})`, error)
  }
}

function answer(connection: Connection, signal?: AbortSignal): Promise<VersionResponse> {
  const options = { timeoutMs: START_TIMEOUT_MS, waitForReady: true, ...(signal && { signal }) }
  return connection.unary(RUNTIME.version, {}, options)
}

async function firstAnswer(connection: Connection, daemon: Daemon): Promise<VersionResponse> {
  const deadline = performance.now() + START_TIMEOUT_MS
  for (;;) {
    try {
      return await answer(connection, daemon.gone)
    } catch (error) {
      // The socket answers a moment before the CRI plugin behind it does; one that failed never will.
      const starting = error instanceof GrpcError && !isUnimplemented(error)
      if (daemon.gone.aborted || !starting || performance.now() > deadline) throw error
      await delay(RETRY_MS)
    }
  }
}

async function cleanUp(layout: ContainerdLayout): Promise<void> {
  await stopDaemons(await findDaemons(layout))
  // Containers of an earlier one may still run, for a containerd that starts one day.
  if (shimsOf(layout, await listProcesses()).length > 0) return
  await rm(layout.runDir, { recursive: true, force: true })
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
