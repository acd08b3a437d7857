import type { Crypto } from '../../../base/crypto.ts'

/** A node that says this leaves attaching to the controller; others do it themselves. */
export const CONTROLLER_MANAGED = 'volumes.kubernetes.io/controller-managed-attach-detach'

/** A volume as its CSI driver knows it. */
export interface CsiHandle {
  readonly driver: string
  readonly handle: string
}

/** How a node's status names the volume, in `volumesInUse` and `volumesAttached`. */
export function uniqueName({ driver, handle }: CsiHandle): string {
  return `kubernetes.io/csi/${driver}^${handle}`
}

/** The name of the VolumeAttachment for a volume on a node: the same as upstream's, which CSI sidecars and kubelets know. */
export function attachmentName(
  { driver, handle }: CsiHandle,
  nodeName: string,
  crypto: Pick<Crypto, 'hashHex'>,
): string {
  return `csi-${crypto.hashHex('sha256', `${handle}${driver}${nodeName}`)}`
}
