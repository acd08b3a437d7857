import type { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Volume } from '../../api/core/v1/volume.ts'
import type { CsiHandle } from '../../api/storage/v1/csi-attachment.ts'
import type { Crypto } from '../../base/crypto.ts'
import type { Input } from '../../grpc/proto3.ts'
import type { CsiDriver } from './csi-driver.ts'
import type { VolumeCapability } from './node-messages.ts'

interface SecretKey {
  readonly namespace: string
  readonly name: string
}

/** A volume of a CSI driver as a Pod of this node uses it. */
export interface CsiVolume extends CsiHandle {
  /** That of the PersistentVolume, or of an inline volume in the Pod. */
  readonly name: string
  readonly isInline: boolean
  readonly isBlock: boolean
  readonly readOnly: boolean
  readonly fsType: string
  readonly accessModes: readonly string[]
  readonly mountOptions: readonly string[]
  readonly attributes: Readonly<Record<string, string>>
  readonly stageSecret: SecretKey | undefined
  readonly publishSecret: SecretKey | undefined
  readonly expandSecret: SecretKey | undefined
}

/** The volume behind a claim; undefined where it is of no CSI driver. */
export function persistentCsiVolume(
  { metadata, spec }: PersistentVolume,
  readOnly: boolean,
): CsiVolume | undefined {
  const { csi } = spec
  if (!csi) return undefined
  return {
    driver: csi.driver,
    handle: csi.volumeHandle,
    name: metadata.name,
    isInline: false,
    isBlock: spec.volumeMode === 'Block',
    readOnly: readOnly || csi.readOnly === true,
    fsType: csi.fsType ?? '',
    accessModes: spec.accessModes ?? [],
    mountOptions: spec.mountOptions ?? [],
    attributes: csi.volumeAttributes ?? {},
    stageSecret: secretKey(csi.nodeStageSecretRef),
    publishSecret: secretKey(csi.nodePublishSecretRef),
    expandSecret: secretKey(csi.nodeExpandSecretRef),
  }
}

/** A volume that stands in the Pod itself and lives as long (KEP-596); undefined where it is none. */
export function inlineCsiVolume(
  { metadata: { uid, namespace } }: Pod,
  { name, csi }: Volume,
  crypto: Pick<Crypto, 'hashHex'>,
): CsiVolume | undefined {
  if (!csi) return undefined
  const secret = csi.nodePublishSecretRef?.name
  return {
    driver: csi.driver,
    handle: `csi-${crypto.hashHex('sha256', `${uid}${name}`)}`,
    name,
    isInline: true,
    isBlock: false,
    readOnly: csi.readOnly ?? false,
    fsType: csi.fsType ?? '',
    accessModes: [],
    mountOptions: [],
    attributes: csi.volumeAttributes ?? {},
    stageSecret: undefined,
    publishSecret: secret ? { namespace, name: secret } : undefined,
    expandSecret: undefined,
  }
}

function secretKey(
  reference: { readonly name?: string; readonly namespace?: string } | undefined,
): SecretKey | undefined {
  if (!reference?.name) return undefined
  return { namespace: reference.namespace ?? '', name: reference.name }
}

/** How the driver is to give the volume. The group is for drivers that set it by themselves. */
export function capabilityOf(
  { isBlock, fsType, mountOptions, accessModes }: CsiVolume,
  driver: Pick<CsiDriver, 'can'>,
  group?: number,
): Input<VolumeCapability> {
  const mode = (driver.can('SINGLE_NODE_MULTI_WRITER') ? MODES : MODES_BEFORE)[
    accessModes[0] ?? 'ReadWriteOnce'
  ]
  const mount = {
    fsType,
    mountFlags: mountOptions,
    ...(group !== undefined && { volumeMountGroup: String(group) }),
  }
  return { accessMode: { mode: mode ?? 'UNKNOWN' }, ...(isBlock ? { block: {} } : { mount }) }
}

const MODES_BEFORE: Readonly<Record<string, Mode>> = {
  ReadWriteOnce: 'SINGLE_NODE_WRITER',
  ReadWriteOncePod: 'SINGLE_NODE_WRITER',
  ReadOnlyMany: 'MULTI_NODE_READER_ONLY',
  ReadWriteMany: 'MULTI_NODE_MULTI_WRITER',
}

// Drivers of CSI 1.5 and later tell the two apart (KEP-2485).
const MODES: Readonly<Record<string, Mode>> = {
  ...MODES_BEFORE,
  ReadWriteOnce: 'SINGLE_NODE_MULTI_WRITER',
  ReadWriteOncePod: 'SINGLE_NODE_SINGLE_WRITER',
}

type Mode = NonNullable<VolumeCapability['accessMode']>['mode']

/** Whether the files of a volume are given to the Pod's group by the node, as the driver's object says. */
export function isGivenToGroup(
  { fsType, accessModes, readOnly }: CsiVolume,
  policy: string,
): boolean {
  if (readOnly || policy === 'None') return false
  if (policy === 'File') return true
  const isOfOne = accessModes.some((mode) => mode.startsWith('ReadWriteOnce'))
  return fsType !== '' && isOfOne
}
