import type { Namespace } from '../../api/core/v1/namespace.ts'
import type { Node } from '../../api/core/v1/node.ts'
import type { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import type { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { DeviceClass } from '../../api/resource/v1/device-class.ts'
import type { ResourceClaim } from '../../api/resource/v1/resource-claim.ts'
import type { ResourceSlice } from '../../api/resource/v1/resource-slice.ts'
import type { DeviceTaintRule } from '../../api/resource/v1alpha3/device-taint-rule.ts'
import type { PodGroup } from '../../api/scheduling/v1alpha2/pod-group.ts'
import type { CSIDriver } from '../../api/storage/v1/csi-driver.ts'
import type { CSINode } from '../../api/storage/v1/csi-node.ts'
import type { CSIStorageCapacity } from '../../api/storage/v1/csi-storage-capacity.ts'
import type { StorageClass } from '../../api/storage/v1/storage-class.ts'

/** What happened, as bits, so that one change can be several. */
export const ADD = 1
export const DELETE = 2
export const NODE_ALLOCATABLE = 4
export const NODE_LABEL = 8
export const NODE_TAINT = 16
export const NODE_CONDITION = 32
export const POD_LABEL = 64
export const POD_SCALE_DOWN = 128
export const POD_TOLERATION = 256
export const POD_GATES_GONE = 512
/** Any change of an object whose changes are not told apart. */
export const UPDATE = 1024
/** The names of claims that were made for a Pod from templates. */
export const POD_CLAIMS = 2048

interface Objects {
  readonly Node: Node
  /** A Pod that has a node. */
  readonly AssignedPod: Pod
  /** The waiting Pod itself, or one that came to wait too. */
  readonly UnscheduledPod: Pod
  readonly Namespace: Namespace
  readonly PersistentVolume: PersistentVolume
  readonly PersistentVolumeClaim: PersistentVolumeClaim
  readonly StorageClass: StorageClass
  readonly CSINode: CSINode
  readonly CSIDriver: CSIDriver
  readonly CSIStorageCapacity: CSIStorageCapacity
  readonly ResourceClaim: ResourceClaim
  readonly ResourceSlice: ResourceSlice
  readonly DeviceClass: DeviceClass
  readonly DeviceTaintRule: DeviceTaintRule
  readonly PodGroup: PodGroup
}

export type EventResource = keyof Objects

/** A change in the cluster that may let waiting Pods fit. */
export interface ClusterEvent<R extends EventResource = EventResource> {
  readonly resource: R
  readonly action: number
  readonly before?: Objects[R]
  readonly after?: Objects[R]
}

const ACTIONS: readonly (readonly [number, string])[] = [
  [ADD, 'Add'],
  [DELETE, 'Delete'],
  [NODE_ALLOCATABLE, 'UpdateNodeAllocatable'],
  [NODE_LABEL, 'UpdateNodeLabel'],
  [NODE_TAINT, 'UpdateNodeTaint'],
  [NODE_CONDITION, 'UpdateNodeCondition'],
  [POD_LABEL, 'UpdatePodLabel'],
  [POD_SCALE_DOWN, 'UpdatePodScaleDown'],
  [POD_TOLERATION, 'UpdatePodToleration'],
  [POD_GATES_GONE, 'UpdatePodSchedulingGatesEliminated'],
  [UPDATE, 'Update'],
  [POD_CLAIMS, 'UpdatePodGeneratedResourceClaim'],
]

/** An event's name in metrics, such as `AssignedPodDelete`. */
export function eventLabel({ resource, action }: ClusterEvent): string {
  return resource + (ACTIONS.find(([bit]) => (action & bit) !== 0)?.[1] ?? '')
}

export type Hint = 'Queue' | 'Skip'

/** Which changes may help a Pod that a plugin turned away. */
export interface EventRegistration {
  readonly resource: EventResource
  readonly actions: number
  /** Whether this very change may help this very Pod; always where absent. */
  readonly hint?: (pod: Pod, event: ClusterEvent) => Hint
}

/** A registration whose hint sees the objects with their types. */
export function on<R extends EventResource>(
  resource: R,
  actions: number,
  hint?: (pod: Pod, event: ClusterEvent<R>) => Hint,
): EventRegistration {
  // The queue asks a hint only of events of its resource.
  return hint
    ? { resource, actions, hint: hint as NonNullable<EventRegistration['hint']> }
    : { resource, actions }
}

export function queueIf(helps: boolean): Hint {
  return helps ? 'Queue' : 'Skip'
}
