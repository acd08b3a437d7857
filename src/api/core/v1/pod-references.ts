import type { Container, EphemeralContainer } from './container.ts'
import type { Pod } from './pod.ts'
import type { Volume } from './volume.ts'

/** What a Pod refers to in its own namespace. */
export interface PodReference {
  readonly kind:
    | 'Secret'
    | 'ConfigMap'
    | 'PersistentVolumeClaim'
    | 'ServiceAccount'
    | 'ResourceClaim'
  readonly name: string
}

/** Everything that whoever runs the Pod needs to read for it. */
export function referencesOf(pod: Pod): readonly PodReference[] {
  const { spec, status } = pod
  const containers = [
    ...(spec.initContainers ?? []),
    ...spec.containers,
    ...(spec.ephemeralContainers ?? []),
  ]
  return [
    ...named('ServiceAccount', spec.serviceAccountName),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }) => named('Secret', name)),
    ...containers.flatMap(ofContainer),
    ...(spec.volumes ?? []).flatMap((volume) => ofVolume(volume, pod.metadata.name)),
    ...(spec.resourceClaims ?? []).flatMap((each) =>
      named('ResourceClaim', each.resourceClaimName),
    ),
    ...(status?.resourceClaimStatuses ?? []).flatMap((each) =>
      named('ResourceClaim', each.resourceClaimName),
    ),
  ]
}

function ofContainer({
  env = [],
  envFrom = [],
}: Pick<Container | EphemeralContainer, 'env' | 'envFrom'>): readonly PodReference[] {
  return [
    ...env.flatMap(({ valueFrom }) => [
      ...named('Secret', valueFrom?.secretKeyRef?.name),
      ...named('ConfigMap', valueFrom?.configMapKeyRef?.name),
    ]),
    ...envFrom.flatMap(({ secretRef, configMapRef }) => [
      ...named('Secret', secretRef?.name),
      ...named('ConfigMap', configMapRef?.name),
    ]),
  ]
}

function ofVolume(volume: Volume, podName: string): readonly PodReference[] {
  const { name, secret, configMap, persistentVolumeClaim, ephemeral, projected } = volume
  const sources = projected?.sources ?? []
  return [
    ...named('Secret', secret?.secretName),
    ...named('ConfigMap', configMap?.name),
    ...named('PersistentVolumeClaim', persistentVolumeClaim?.claimName),
    ...(ephemeral ? named('PersistentVolumeClaim', `${podName}-${name}`) : []),
    ...sources.flatMap((source) => [
      ...named('Secret', source.secret?.name),
      ...named('ConfigMap', source.configMap?.name),
    ]),
    ...driverSecrets(volume).flatMap((secretName) => named('Secret', secretName)),
  ]
}

// What drivers of volumes need to log in with.
function driverSecrets(volume: Volume): readonly (string | undefined)[] {
  const { azureFile, cephfs, cinder, csi, flexVolume, iscsi, rbd, scaleIO, storageos } = volume
  return [
    azureFile?.secretName,
    cephfs?.secretRef?.name,
    cinder?.secretRef?.name,
    csi?.nodePublishSecretRef?.name,
    flexVolume?.secretRef?.name,
    iscsi?.secretRef?.name,
    rbd?.secretRef?.name,
    scaleIO?.secretRef?.name,
    storageos?.secretRef?.name,
  ]
}

function named(kind: PodReference['kind'], name: string | undefined): readonly PodReference[] {
  return name ? [{ kind, name }] : []
}
