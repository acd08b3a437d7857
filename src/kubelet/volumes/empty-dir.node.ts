import { chmod, chown, mkdir } from 'node:fs/promises'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { EmptyDirVolumeSource } from '../../api/core/v1/volume-source.ts'
import { quantityValue } from '../../schema/quantity.ts'
import { isMounted, mountTmpfs } from './mounts.node.ts'

/** Makes the directory of an emptyDir, where it is not there yet. */
export async function makeEmptyDir(
  path: string,
  pod: Pod,
  { medium = '', sizeLimit }: EmptyDirVolumeSource,
): Promise<void> {
  const isMade = (await mkdir(path, { recursive: true })) !== undefined
  const isMemoryNew =
    medium === 'Memory' &&
    (await mountMemory(path, sizeLimit === undefined ? undefined : quantityValue(sizeLimit)))
  // Set at each start anew it would undo what containers did.
  if (isMade || isMemoryNew) await openToPod(path, pod.spec.securityContext?.fsGroup)
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
