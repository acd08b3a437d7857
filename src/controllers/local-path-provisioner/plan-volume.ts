import type { Node } from '../../api/core/v1/node.ts'
import type { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import type { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import { LOCAL_PATH_DIRECTORY, LOCAL_PATH_PROVISIONER } from '../../api/storage/v1/local-path.ts'
import type { StorageClass } from '../../api/storage/v1/storage-class.ts'
import type { Input } from '../../schema/message.ts'

/** Annotates volumes that a provisioner made, which is also the one to delete them. */
export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by'
/** Keeps a volume that is deleted until its directory is removed (KEP-2644). */
export const FINALIZER = 'external-provisioner.volume.kubernetes.io/finalizer'

const HOSTNAME = 'kubernetes.io/hostname'
const MODES: readonly string[] = ['ReadWriteOnce', 'ReadWriteOncePod']
// Of nodes that nobody makes directories on: simulated ones.
const NO_DIRECTORY = '/var/lib/trierarch/local-path'

/** The volume of a claim, on the node that its first Pod goes to. */
export function planVolume(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
  { metadata: { name: nodeName, labels, annotations } }: Node,
): Input<PersistentVolume> {
  const { namespace, name: claimName, uid, resourceVersion } = claim.metadata
  const name = `pvc-${uid}`
  const { accessModes = [], resources, storageClassName } = claim.spec
  const { reclaimPolicy } = storageClass
  const hostname = labels?.[HOSTNAME] ?? nodeName
  return {
    metadata: {
      name,
      annotations: { [PROVISIONED_BY]: LOCAL_PATH_PROVISIONER },
      ...(reclaimPolicy === 'Delete' && { finalizers: [FINALIZER] }),
    },
    spec: {
      capacity: { storage: resources?.requests?.['storage'] ?? '0' },
      accessModes,
      volumeMode: 'Filesystem',
      persistentVolumeReclaimPolicy: reclaimPolicy,
      ...(storageClassName !== undefined && { storageClassName }),
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace,
        name: claimName,
        uid,
        resourceVersion,
      },
      local: { path: `${annotations?.[LOCAL_PATH_DIRECTORY] ?? NO_DIRECTORY}/${name}` },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: HOSTNAME, operator: 'In', values: [hostname] }] },
          ],
        },
      },
    },
  }
}

/** Why there can be no volume for a claim; undefined where there can. */
export function whyNoVolume(
  { spec }: PersistentVolumeClaim,
  { parameters = {}, mountOptions = [] }: StorageClass,
): string | undefined {
  const [parameter] = Object.keys(parameters)
  if (parameter !== undefined) return `unknown parameter ${JSON.stringify(parameter)}`
  if (mountOptions.length > 0) return 'mountOptions are not supported'
  if (spec.selector) return 'claim Selector is not supported'
  if (isCopy(spec.dataSourceRef)) return `volumes are not made from a ${spec.dataSourceRef?.kind}`
  if (spec.volumeMode === 'Block') return 'block volume provisioning is not supported'
  const mode = spec.accessModes?.find((each) => !MODES.includes(each))
  return mode && `access mode ${mode} is not supported: the volume is on one node`
}

/** Whether the content of a claim is for somebody else to provide, who makes a volume of their own for it (KEP-1495). */
export function isPopulated({ spec: { dataSourceRef: source } }: PersistentVolumeClaim): boolean {
  return source !== undefined && !isCopy(source)
}

type Source = PersistentVolumeClaim['spec']['dataSourceRef']

/** Provisioners make copies of snapshots and of other claims' volumes, or say that they don't. */
function isCopy(source: Source): boolean {
  if (!source) return false
  const { apiGroup = '', kind } = source
  return apiGroup === ''
    ? kind === 'PersistentVolumeClaim'
    : apiGroup === 'snapshot.storage.k8s.io' && kind === 'VolumeSnapshot'
}
