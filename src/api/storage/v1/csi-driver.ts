import { bool, int64, listOf, ref, string } from '../../../schema/field.ts'
import { message, resource } from './group.ts'

export class TokenRequest extends message('Asks for a token for a ServiceAccount.', {
  audience: string(
    1,
    'Intended recipient of the token. An empty string means the audience of the API server.',
  ).required(),
  expirationSeconds: int64(
    2,
    'Lifetime of the token in seconds. Defaults to that of a ServiceAccount token request.',
  ).pointer(),
}) {}

export class CSIDriverSpec extends message('What a CSI driver needs and supports.', {
  attachRequired: bool(
    1,
    'Whether volumes must be attached before mounting, through a VolumeAttachment. Defaults to true.',
  )
    .pointer()
    .default(true),
  podInfoOnMount: bool(
    2,
    'Whether the driver is given the name, namespace, UID and ServiceAccount of the Pod on mount. Defaults to false.',
  )
    .pointer()
    .default(false),
  volumeLifecycleModes: listOf(
    'string',
    3,
    'Kinds of volume supported: Persistent, Ephemeral or both. Defaults to Persistent.',
  ).set(),
  storageCapacity: bool(
    4,
    'Whether the scheduler should consider the CSIStorageCapacity objects of the driver. Defaults to false.',
  )
    .pointer()
    .default(false),
  fsGroupPolicy: string(
    5,
    'When the ownership of volume files is changed to fsGroup. Defaults to ReadWriteOnceWithFSType.',
  )
    .pointer()
    .default('ReadWriteOnceWithFSType'),
  tokenRequests: listOf(
    TokenRequest,
    6,
    'ServiceAccount tokens of the Pod, one per audience, handed to the driver on mount.',
  ).atomic(),
  requiresRepublish: bool(
    7,
    'Whether the driver wants to be called again periodically for mounted volumes. Defaults to false.',
  )
    .pointer()
    .default(false),
  seLinuxMount: bool(
    8,
    'Whether the driver supports mounting with an SELinux context option. Defaults to false.',
  )
    .pointer()
    .default(false),
  nodeAllocatableUpdatePeriodSeconds: int64(
    9,
    'Seconds between updates of the volume limit in CSINode. At least 10; no periodic updates when unset.',
  ).pointer(),
  serviceAccountTokenInSecrets: bool(
    10,
    'Whether tokens reach the driver in the secrets field rather than the volume context. Defaults to false.',
  ).pointer(),
  preventPodSchedulingIfMissing: bool(
    11,
    'Whether Pods using the driver are kept off nodes where it is not registered. Defaults to false.',
  ).pointer(),
}) {}

export class CSIDriver extends resource(
  'Describes how Kubernetes should work with a CSI volume driver.',
  { plural: 'csidrivers', namespaced: false },
  {
    spec: ref(CSIDriverSpec, 2, 'What the driver needs and supports.').required(),
  },
) {}
