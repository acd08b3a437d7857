import { matchesNodeSelector } from './node-affinity.ts'
import type { Node } from './node.ts'
import type { PersistentVolumeClaim } from './persistent-volume-claim.ts'
import type { PersistentVolume } from './persistent-volume.ts'
import { matches, selectorFrom } from '../../../apimachinery/labels.ts'
import { compareQuantities, parseQuantity } from '../../../schema/quantity.ts'

/** The binding is whole: the claim needs no volume any more. */
export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed'
/** The controller made the binding, and not a user. */
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller'
/** The node that the scheduler wants the volume for. */
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node'

type Claim = PersistentVolumeClaim
type Volume = PersistentVolume

/** Whether a volume is bound to this claim, and not to an older one of its name. */
export function isBoundTo({ spec }: Volume, { metadata }: Claim): boolean {
  const { claimRef } = spec
  if (!claimRef) return false
  if (claimRef.name !== metadata.name || claimRef.namespace !== metadata.namespace) return false
  return !claimRef.uid || claimRef.uid === metadata.uid
}

export interface MatchOptions {
  /** A volume is only to be found for the claim that it was made for: the Pod's node is not known yet. */
  readonly isDelayed: boolean
  readonly node?: Node | undefined
}

/** The volume for a claim: one that was reserved for it, else the smallest that will do. */
export function findVolume(
  claim: Claim,
  volumes: readonly Volume[],
  { isDelayed, node }: MatchOptions,
): Volume | undefined {
  const usable = volumes.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const reserved = usable.find((volume) => isBoundTo(volume, claim))
  if (reserved) return mismatch(reserved, claim) === undefined ? reserved : undefined
  if (isDelayed) return undefined
  const selector = claim.spec.selector && selectorFrom(claim.spec.selector)
  return usable
    .filter((volume) => !volume.spec.claimRef && volume.status.phase === 'Available')
    .filter((volume) => !selector || matches(selector, volume.metadata.labels))
    .filter((volume) => mismatch(volume, claim) === undefined && isReachable(volume, node))
    .toSorted(bySize)[0]
}

/** What keeps a volume from serving a claim, in Kubernetes' words; undefined where nothing does. */
export function mismatch(volume: Volume, claim: Claim): string | undefined {
  const { spec } = claim
  const requested = spec.resources?.requests?.['storage']
  if (compare(volume.spec.capacity?.['storage'], requested) < 0) return 'requested PV is too small'
  if ((volume.spec.storageClassName ?? '') !== (spec.storageClassName ?? '')) {
    return 'storageClassName does not match'
  }
  const mode = ({ volumeMode = 'Filesystem' }: { readonly volumeMode?: string }): string =>
    volumeMode
  if (mode(volume.spec) !== mode(spec)) return 'incompatible volumeMode'
  if ((volume.spec.volumeAttributesClassName ?? '') !== (spec.volumeAttributesClassName ?? '')) {
    return 'VolumeAttributesClassName does not match'
  }
  const modes: readonly string[] = volume.spec.accessModes ?? []
  return (spec.accessModes ?? []).every((each) => modes.includes(each))
    ? undefined
    : 'incompatible accessMode'
}

function isReachable({ spec }: Volume, node: Node | undefined): boolean {
  const required = spec.nodeAffinity?.required
  return !node || !required || matchesNodeSelector(required, node)
}

function bySize(a: Volume, b: Volume): number {
  const [left, right] = [a, b].map(({ spec }) => spec.capacity?.['storage'])
  return compare(left, right) || (a.metadata.name < b.metadata.name ? -1 : 1)
}

function compare(a: string | undefined, b: string | undefined): number {
  const [left, right] = [a, b].map((text) => parseQuantity(text ?? '0'))
  return left && right ? compareQuantities(left, right) : 0
}
