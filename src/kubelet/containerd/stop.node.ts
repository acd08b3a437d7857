import { realpath, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Crypto } from '../../base/crypto.ts'
import type { Logger } from '../../base/logger.ts'
import { grpcConnection } from '../../grpc/grpc-connection.node.ts'
import { runtimeService } from '../cri/runtime-service.ts'
import type { RuntimeService } from '../cri/types.ts'
import { removeCgroup } from './cgroups.node.ts'
import { findDaemons, shimsOf, stopDaemons } from './daemon.node.ts'
import { containerdLayout, type ContainerdLayout } from './layout.ts'
import { unmountBelow } from './mounts.node.ts'
import { removeShimSockets, withoutShimSockets } from './shim-sockets.node.ts'
import { descendants, ended, listProcesses, signal } from './processes.node.ts'

const PODS_AT_ONCE = 10
const GRACEFUL_TIMEOUT_MS = 60_000
const KILL_TIMEOUT_MS = 10_000

export interface StopOptions {
  readonly dataDir: string
  readonly crypto: Pick<Crypto, 'hashHex'>
  readonly logger: Logger
  readonly runRoot?: string
  /** The cgroup that all Pods are in, such as `/kubepods`, to be removed too. */
  readonly cgroupRoot?: string
}

/**
 * Stops every Pod of our containerd, then containerd, and leaves no process, mount, network namespace or socket
 * behind. Images stay. It does what it can where containerd is stuck or gone; nothing happens where none ran.
 */
export async function stopContainerd(options: StopOptions): Promise<void> {
  const { dataDir, crypto, logger, runRoot, cgroupRoot } = options
  const layout = containerdLayout(await realpath(dataDir), crypto, runRoot)
  const daemons = await findDaemons(layout)
  if (daemons.length > 0) await removePods(layout, crypto, logger)
  await stopDaemons(daemons)
  await killShims(layout, logger)
  if (cgroupRoot !== undefined) await removeCgroup(cgroupRoot)
  await removeShimSockets(layout)
  await unmountBelow([layout.runDir, layout.root])
  await rm(layout.runDir, { recursive: true, force: true })
  await removeEmptyParents(layout)
}

/** Through CRI, so that addresses are given back and cgroups removed. */
async function removePods(
  layout: ContainerdLayout,
  crypto: Pick<Crypto, 'hashHex'>,
  logger: Logger,
): Promise<void> {
  using connection = grpcConnection(layout.socket)
  const runtime = withoutShimSockets(runtimeService(connection), layout, crypto)
  const options = { signal: AbortSignal.timeout(GRACEFUL_TIMEOUT_MS) }
  // Those that cannot be removed in order are killed afterwards.
  const failed = (error: unknown): void =>
    logger.warn('Cannot stop a Pod in order', { error: String(error) })
  try {
    const left = [...(await runtime.listPodSandbox({}, options))]
    const worker = async (): Promise<void> => {
      for (let sandbox = left.pop(); sandbox; sandbox = left.pop()) {
        await removePod(runtime, sandbox.id, options).catch(failed)
      }
    }
    await Promise.all(Array.from({ length: PODS_AT_ONCE }, worker))
  } catch (error) {
    failed(error)
  }
}

async function removePod(
  runtime: RuntimeService,
  id: string,
  options: { readonly signal: AbortSignal },
): Promise<void> {
  await runtime.stopPodSandbox(id, options)
  await runtime.removePodSandbox(id, options)
}

async function killShims(layout: ContainerdLayout, logger: Logger): Promise<void> {
  const processes = await listProcesses()
  const shims = shimsOf(layout, processes)
  // A container's processes are the shim's children, and would outlive it.
  const pids = [...shims, ...descendants(processes, shims)].map(({ pid }) => pid)
  for (const pid of pids) signal(pid, 'SIGKILL')
  if (!(await ended(pids, KILL_TIMEOUT_MS)))
    logger.error('Some containers cannot be killed', { pids })
}

async function removeEmptyParents(layout: ContainerdLayout): Promise<void> {
  for (const directory of [join(layout.runDir, '..'), '/run/containerd/s', '/run/containerd']) {
    await rmdir(directory).catch(() => undefined) // Someone else's are in it, or it was never made.
  }
}
