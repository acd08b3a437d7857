import { existsSync } from 'node:fs'
import { keepAlive, systemClock } from '../base/clock.node.ts'
import { sleep } from '../base/clock.ts'
import { type DataDirectory, dataDirectory } from './data-directory.node.ts'
import { isRunning, type ProcessIdentity, readRunState, removeRunState } from './run-state.node.ts'
import { UserError } from './user-error.ts'

const STOP_MS_MAX = 60_000
const LOOK_MS = 20 // The kernel tells only a parent when a process ends, and `down` is not one.

/** `trierarch down`: stops the cluster of a data directory; its state stays, and nothing else does. */
export async function down({ dataDir }: { readonly dataDir: string }): Promise<void> {
  const directory = dataDirectory(dataDir)
  if (!existsSync(directory.path)) throw new UserError(`There is no cluster in ${directory.path}.`)
  const wasRunning = await stopCluster(directory, { keepContainers: false })
  process.stdout.write(wasRunning ? 'The cluster is stopped.\n' : 'The cluster was not running.\n')
}

/** Stops the processes of a cluster, killed supervisors' orphans included. Answers whether any was running. */
export async function stopCluster(
  directory: DataDirectory,
  { keepContainers }: { readonly keepContainers: boolean },
): Promise<boolean> {
  const state = readRunState(directory)
  // The supervisor stops the others in order; what it does not (or when it is gone) is stopped one by one.
  const processes = [state?.supervisor, state?.nodeAgent, state?.controlPlane]
  const wasRunning = processes.some(isRunning)
  for (const each of processes) await stopProcess(each)
  removeRunState(directory)
  if (!keepContainers) await cleanUpNode(directory, state?.node ?? 'containerd')
  return wasRunning
}

/** Removes all that a node left on the machine: Pods, containerd, mounts, network namespaces, interfaces, rules. */
export async function cleanUpNode(directory: DataDirectory, node: string): Promise<void> {
  // Where a start failed early, no node has ever been.
  if (node !== 'containerd' || process.getuid?.() !== 0 || !existsSync(directory.node)) return
  const { removeNode } = await import('../cluster/remove-node.node.ts')
  await removeNode(directory.node)
}

async function stopProcess(process_: ProcessIdentity | undefined): Promise<void> {
  if (!process_ || !isRunning(process_)) return
  using _ = keepAlive()
  process.kill(process_.pid, 'SIGTERM')
  const deadline = systemClock.monotonic() + STOP_MS_MAX
  while (isRunning(process_)) {
    if (systemClock.monotonic() > deadline) process.kill(process_.pid, 'SIGKILL')
    await sleep(systemClock, LOOK_MS)
  }
}
