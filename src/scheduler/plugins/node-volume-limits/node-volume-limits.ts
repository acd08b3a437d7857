import { claimsOfPod } from '../../../api/core/v1/pod-volumes.ts'
import type { Pod } from '../../../api/core/v1/pod.ts'
import { ADD, DELETE, on, queueIf, UPDATE } from '../../framework/cluster-event.ts'
import type { Plugin } from '../../framework/plugin.ts'
import { SKIP, unschedulable } from '../../framework/status.ts'
import type { StorageLister } from '../../storage-lister.ts'

const TOO_MANY = unschedulable('node(s) exceed max volume count')

/** Keeps the volumes of each CSI driver on a node to as many as the driver can attach there. */
export function nodeVolumeLimits(storage: StorageLister): Plugin {
  return {
    name: 'NodeVolumeLimits',
    events: [
      on('CSINode', ADD | UPDATE),
      on('AssignedPod', DELETE, (_pod, { before }) =>
        queueIf(before !== undefined && claimsOfPod(before).length > 0),
      ),
      on('PersistentVolumeClaim', ADD, (pod, { after }) =>
        queueIf(
          after?.metadata.namespace === pod.metadata.namespace &&
            claimsOfPod(pod).some(({ claimName }) => claimName === after.metadata.name),
        ),
      ),
    ],

    preFilter: (_state, { pod }) => (claimsOfPod(pod).length === 0 ? { status: SKIP } : undefined),

    filter(_state, { pod }, node) {
      const limits = limitsOf(node.name, storage)
      if (limits.size === 0) return undefined
      const added = volumesOf(pod, storage)
      if (added.size === 0) return undefined
      const there = new Map<string, string>()
      for (const other of node.pods()) {
        for (const [volume, driver] of volumesOf(other.pod, storage)) there.set(volume, driver)
      }
      const all = new Map([...there, ...added])
      for (const [driver, limit] of limits) {
        const isAsked = [...added].some(([volume, own]) => own === driver && !there.has(volume))
        if (isAsked && countOf(all, driver) > limit) return TOO_MANY
      }
      return undefined
    },
  }
}

function limitsOf(nodeName: string, storage: StorageLister): ReadonlyMap<string, number> {
  const drivers = storage.csiNode(nodeName)?.spec.drivers ?? []
  return new Map(
    drivers.flatMap(({ name, allocatable }) =>
      allocatable?.count === undefined ? [] : [[name, allocatable.count]],
    ),
  )
}

/** The driver of each CSI volume of a Pod, by what tells volumes apart. */
function volumesOf(pod: Pod, storage: StorageLister): ReadonlyMap<string, string> {
  const { namespace } = pod.metadata
  return new Map(
    claimsOfPod(pod).flatMap(({ claimName }) => {
      const claim = storage.claim(namespace, claimName)
      const csi = storage.volume(claim?.spec.volumeName ?? '')?.spec.csi
      if (csi) return [[`${csi.driver}/${csi.volumeHandle}`, csi.driver]]
      const driver = storage.storageClass(claim?.spec.storageClassName ?? '')?.provisioner
      // What is yet to be made counts by its claim.
      return driver === undefined ? [] : [[`${driver}/${namespace}/${claimName}`, driver]]
    }),
  )
}

function countOf(volumes: ReadonlyMap<string, string>, driver: string): number {
  return [...volumes.values()].filter((each) => each === driver).length
}
