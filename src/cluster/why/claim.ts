import type { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import { StorageClass } from '../../api/storage/v1/storage-class.ts'
import { mismatch } from '../../api/core/v1/volume-binding.ts'
import type { Reason } from './answer.ts'
import { type Asking, find } from './asking.ts'
import { warningsAbout } from './events.ts'

const NO_PROVISIONER = 'kubernetes.io/no-provisioner'

/** Why a claim is not bound to a volume. */
export async function whyClaim(claim: PersistentVolumeClaim, asking: Asking): Promise<Reason> {
  const name = `persistentvolumeclaim/${claim.metadata.name}`
  if (claim.status.phase === 'Bound')
    return { text: `${name} is bound to ${claim.spec.volumeName}.` }
  if (claim.status.phase === 'Lost') {
    return { text: `${name} is lost: its volume ${claim.spec.volumeName} does not exist any more` }
  }
  const [cause, volumes, warnings] = await Promise.all([
    classCause(claim, asking),
    whyNoVolume(claim, asking),
    warningsAbout(asking.client, claim),
  ])
  return { text: `${name} is not bound`, because: [cause, ...volumes, ...warnings] }
}

async function classCause(
  { spec, metadata }: PersistentVolumeClaim,
  { client }: Asking,
): Promise<Reason> {
  const { storageClassName } = spec
  if (!storageClassName) {
    const help =
      'name a StorageClass in the claim, or mark one as default, or create a volume that fits'
    return { text: 'it names no StorageClass, so nobody makes a volume for it', help }
  }
  const found = await find(client, StorageClass, { name: storageClassName })
  if (!found) {
    const help = 'create it, or name another: kubectl get storageclass'
    return { text: `StorageClass ${storageClassName} does not exist`, help }
  }
  const isSelected = metadata.annotations?.['volume.kubernetes.io/selected-node'] !== undefined
  if (found.volumeBindingMode === 'WaitForFirstConsumer' && !isSelected) {
    const help = 'create a Pod that uses it'
    return {
      text: `StorageClass ${storageClassName} waits for the first Pod that uses the claim`,
      help,
    }
  }
  return found.provisioner === NO_PROVISIONER
    ? {
        text: `StorageClass ${storageClassName} makes no volumes by itself`,
        help: 'create a PersistentVolume that fits',
      }
    : {
        text: `${found.provisioner}, the provisioner of StorageClass ${storageClassName}, has not made a volume`,
        help: 'see that it runs, and read its logs',
      }
}

/** Of each volume of the claim's class that is free, why it will not do. */
async function whyNoVolume(
  claim: PersistentVolumeClaim,
  { client }: Asking,
): Promise<readonly Reason[]> {
  const { items } = await client.list(PersistentVolume)
  return items
    .filter(({ spec }) => (spec.storageClassName ?? '') === (claim.spec.storageClassName ?? ''))
    .flatMap((volume) => {
      const { metadata, spec, status } = volume
      const { claimRef } = spec
      if (claimRef && claimRef.uid !== claim.metadata.uid) {
        const owner = `${claimRef.namespace}/${claimRef.name}`
        return [{ text: `volume ${metadata.name} is ${status.phase}, for claim ${owner}` }]
      }
      const why = mismatch(volume, claim)
      return why === undefined ? [] : [{ text: `volume ${metadata.name}: ${why}` }]
    })
}
