import type { PersistentVolume } from '../../../api/core/v1/persistent-volume.ts'

export interface SecretKey {
  readonly namespace: string
  readonly name: string
}

/** The Secrets that a node needs to mount the volume; those only controllers need are left out. */
export function volumeSecrets({ spec }: PersistentVolume): readonly SecretKey[] {
  const { azureFile, cephfs, cinder, csi, flexVolume, iscsi, rbd, scaleIO, storageos } = spec
  const claimed = spec.claimRef?.namespace
  const references = [
    azureFile && {
      name: azureFile.secretName,
      namespace: azureFile.secretNamespace || claimed,
    },
    ...[cephfs, cinder, flexVolume, iscsi, rbd, scaleIO, storageos].map(
      (source) => source?.secretRef,
    ),
    csi?.nodeStageSecretRef,
    csi?.nodePublishSecretRef,
    csi?.nodeExpandSecretRef,
  ]
  return references.flatMap((reference) => {
    const { name, namespace = claimed } = reference ?? {}
    return name && namespace ? [{ name, namespace }] : []
  })
}
