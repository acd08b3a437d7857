import { chmod, chown, mkdir } from 'node:fs/promises'
import { podLimits } from '../../api/core/v1/pod-resources.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { EmptyDirVolumeSource } from '../../api/core/v1/volume-source.ts'
import { quantityValue } from '../../schema/quantity.ts'
import { isMounted, mountTmpfs } from './mounts.node.ts'

/** Makes the directory of an emptyDir, where it is not there yet. `allocatable` is what Pods may have of the node. */
export async function makeEmptyDir(
  path: string,
  pod: Pod,
  source: EmptyDirVolumeSource,
  allocatable: Readonly<Record<string, string>> = {},
): Promise<void> {
  const isMade = (await mkdir(path, { recursive: true })) !== undefined
  const isMemoryNew =
    source.medium === 'Memory' && (await mountMemory(path, memorySize(pod, source, allocatable)))
  // Set at each start anew it would undo what containers did.
  if (isMade || isMemoryNew) await openToPod(path, pod.spec.securityContext?.fsGroup)
}

/**
 * How many bytes an emptyDir in memory may hold: no more than all Pods may have of the node, than the Pod's own limit
 * (KEP-1967), and than its own. Undefined where none of these is known.
 */
export function memorySize(
  { spec }: Pick<Pod, 'spec'>,
  { sizeLimit }: EmptyDirVolumeSource,
  allocatable: Readonly<Record<string, string>>,
): number | undefined {
  const limits = [allocatable['memory'], podLimits(spec)['memory'], sizeLimit]
  const bytes = limits.map((limit) => quantityValue(limit)).filter((each) => each > 0)
  return bytes.length > 0 ? Math.min(...bytes) : undefined
}

/** Mounts memory at a directory, and tells whether it did; what is on it must not reach a disk. */
export async function mountMemory(path: string, sizeBytes?: number): Promise<boolean> {
  await mkdir(path, { recursive: true })
  if (await isMounted(path)) return false
  await mountTmpfs(path, sizeBytes)
  return true
}

/** Everybody in the Pod may write, and where it has an fsGroup, new files belong to that group. */
async function openToPod(path: string, fsGroup: number | undefined): Promise<void> {
  if (fsGroup !== undefined) await chown(path, 0, fsGroup)
  await chmod(path, fsGroup === undefined ? 0o777 : 0o2777)
}
