import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Volume } from '../../api/core/v1/volume.ts'
import { isBoundTo } from '../../api/core/v1/volume-binding.ts'
import { isControlledBy } from '../../apimachinery/owner-references.ts'
import type { Client } from '../../client/client.ts'
import { notProcessed } from './volume-failure.ts'

/** What stands behind a claim of a Pod. */
export interface ClaimedVolume {
  readonly claim: PersistentVolumeClaim
  readonly volume: PersistentVolume
  readonly readOnly: boolean
}

/**
 * Reads the claim that a Pod names and the volume that it is bound to; undefined for volumes of other kinds. Throws
 * upstream's words where they cannot be used.
 */
export async function claimedVolume(
  client: Client,
  pod: Pod,
  { name, persistentVolumeClaim, ephemeral }: Volume,
): Promise<ClaimedVolume | undefined> {
  if (!persistentVolumeClaim && !ephemeral) return undefined
  const { namespace } = pod.metadata
  const claimName = persistentVolumeClaim?.claimName ?? `${pod.metadata.name}-${name}`
  try {
    const claim = await found(
      'PVC',
      client.get(PersistentVolumeClaim, { namespace, name: claimName }),
    )
    if (ephemeral && !isControlledBy(claim, pod))
      throw new Error(
        `PVC ${namespace}/${claimName} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`,
      )
    const volume = await volumeOf(client, claim)
    return { claim, volume, readOnly: persistentVolumeClaim?.readOnly ?? false }
  } catch (error) {
    const text = `error processing PVC ${namespace}/${claimName}: ${(error as Error).message}`
    throw notProcessed(name, new Error(text, { cause: error }))
  }
}

async function volumeOf(client: Client, claim: PersistentVolumeClaim): Promise<PersistentVolume> {
  const { metadata, spec, status } = claim
  const { volumeName = '' } = spec
  const { phase } = status
  if (metadata.deletionTimestamp !== undefined) throw new Error('PVC is being deleted')
  if (phase !== 'Bound' || volumeName === '')
    throw new Error(
      `PVC ${metadata.namespace}/${metadata.name} has non-bound phase (${JSON.stringify(phase)}) or empty pvc.Spec.VolumeName (${JSON.stringify(volumeName)})`,
    )
  const volume = await found(`PV ${volumeName}`, client.get(PersistentVolume, { name: volumeName }))
  if (!isBoundTo(volume, claim))
    throw new Error(
      `found PV object ${volumeName} with unexpected claimRef, expected claim UID ${metadata.uid}`,
    )
  return volume
}

async function found<T>(what: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (cause) {
    throw new Error(`failed to fetch ${what} from API server: ${(cause as Error).message}`, {
      cause,
    })
  }
}
