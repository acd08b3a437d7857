import { Namespace } from '../api/core/v1/namespace.ts'
import { PersistentVolumeClaim } from '../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../api/core/v1/persistent-volume.ts'
import { DeviceClass } from '../api/resource/v1/device-class.ts'
import { ResourceClaim } from '../api/resource/v1/resource-claim.ts'
import { ResourceSlice } from '../api/resource/v1/resource-slice.ts'
import { CSIDriver } from '../api/storage/v1/csi-driver.ts'
import { CSINode } from '../api/storage/v1/csi-node.ts'
import { CSIStorageCapacity } from '../api/storage/v1/csi-storage-capacity.ts'
import { StorageClass } from '../api/storage/v1/storage-class.ts'
import type { SharedInformers } from '../client/shared-informers.ts'
import type { ResourceClass } from '../schema/resource.ts'
import {
  ADD,
  DELETE,
  UPDATE,
  type ClusterEvent,
  type EventResource,
} from './framework/cluster-event.ts'

/** What is always there that can let a Pod fit besides nodes and other Pods. */
const TYPES: Readonly<
  Record<
    Exclude<EventResource, 'Node' | 'AssignedPod' | 'UnscheduledPod' | OptionalResource>,
    ResourceClass
  >
> = {
  Namespace,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  CSINode,
  CSIDriver,
  CSIStorageCapacity,
  ResourceClaim,
  ResourceSlice,
  DeviceClass,
}

/** What only some clusters have. */
export type OptionalResource = 'DeviceTaintRule' | 'PodGroup'

/** Tells of all changes of those resources that plugins wait for. */
export function followResources(
  informers: SharedInformers,
  optional: Readonly<Partial<Record<OptionalResource, ResourceClass>>>,
  isAwaited: (resource: EventResource) => boolean,
  tell: (event: ClusterEvent) => void,
): Disposable {
  const stack = new DisposableStack()
  for (const [name, type] of Object.entries({ ...TYPES, ...optional })) {
    const resource = name as keyof typeof TYPES | OptionalResource
    if (!isAwaited(resource)) continue
    const event = (action: number, objects: object): void => tell({ resource, action, ...objects })
    stack.use(
      informers.informer(type).subscribe({
        add: (after) => event(ADD, { after }),
        update: (after, before) => event(UPDATE, { before, after }),
        delete: (before) => event(DELETE, { before }),
      }),
    )
  }
  return stack
}
