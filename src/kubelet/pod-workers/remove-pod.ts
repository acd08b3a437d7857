import { Pod } from '../../api/core/v1/pod.ts'
import { isConflict, isNotFound } from '../../apimachinery/status-predicates.ts'
import type { Client } from '../../client/client.ts'
import type { RuntimePod } from '../runtime/runtime-pod.ts'
import type { WorkerContext } from './worker-context.ts'

/** Gives back what a Pod had of the node, once nothing of it runs. Its containers stay, for their logs. */
export async function releasePod(
  { volumes, cgroups, topology, dra, users }: WorkerContext,
  uid: string,
): Promise<void> {
  await volumes.tearDown(uid)
  await cgroups.remove(uid)
  await topology.release(uid)
  await dra.release(uid)
  await users.release(uid)
}

/** Lets a Pod go that was deleted and has stopped; nothing where it is gone, or another has its name. */
export async function deleteFromApi(
  client: Client,
  { metadata }: Pod,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace, uid } = metadata
  try {
    await client.delete(
      Pod,
      { name, namespace },
      { gracePeriodSeconds: 0, preconditions: { uid }, signal },
    )
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}

/** Removes the last that is left of a Pod on the node: containers, sandboxes, logs. */
export async function forgetPod(
  { runtime: cri, files }: WorkerContext,
  { metadata }: Pod,
  { containers, sandboxes }: RuntimePod,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(containers.map(({ id }) => cri.removeContainer(id, { signal })))
  await Promise.all(sandboxes.map(({ id }) => cri.removePodSandbox(id, { signal })))
  const { uid, namespace, name } = metadata
  await files.remove({ uid, namespace, name })
}
