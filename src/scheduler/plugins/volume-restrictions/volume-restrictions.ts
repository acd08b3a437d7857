import { claimsOfPod } from '../../../api/core/v1/pod-volumes.ts'
import type { Pod } from '../../../api/core/v1/pod.ts'
import type { PodInfo } from '../../cache/pod-info.ts'
import { ADD, DELETE, on, queueIf } from '../../framework/cluster-event.ts'
import { stateKey } from '../../framework/cycle-state.ts'
import type { NodeLister, Plugin } from '../../framework/plugin.ts'
import { SKIP, unresolvable, unschedulable } from '../../framework/status.ts'
import type { StorageLister } from '../../storage-lister.ts'
import { hasDisks, shareDisk } from './disks.ts'

/** Claims of the Pod that only one Pod may use, and how many use them now. */
interface Exclusive {
  readonly claims: ReadonlySet<string>
  users: number
}

const exclusive = stateKey<Exclusive>('VolumeRestrictions', (value) => ({ ...value }))
const DISK_CONFLICT = unschedulable('node(s) had no available disk')
const IN_USE = unschedulable(
  'node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode',
)

/** Keeps apart Pods that cannot share a volume: claims for one Pod alone (KEP-2485), disks that one node can attach. */
export function volumeRestrictions(storage: StorageLister): Plugin {
  return {
    name: 'VolumeRestrictions',
    events: [
      on('AssignedPod', DELETE, (pod, { before }) =>
        queueIf(before !== undefined && (usesAny(before, claimNames(pod)) || hasDisks(pod))),
      ),
      on('Node', ADD),
      on('PersistentVolumeClaim', ADD, (pod, { after }) =>
        queueIf(
          after?.metadata.namespace === pod.metadata.namespace &&
            claimNames(pod).has(after.metadata.name),
        ),
      ),
    ],

    preFilter(state, { pod }, nodes) {
      const names = new Set<string>()
      for (const name of claimNames(pod)) {
        const claim = storage.claim(pod.metadata.namespace, name)
        if (!claim) {
          return { status: unresolvable(`persistentvolumeclaim "${name}" not found`) }
        }
        if (claim.spec.accessModes?.includes('ReadWriteOncePod')) names.add(name)
      }
      if (names.size === 0 && !hasDisks(pod)) return { status: SKIP }
      state.write(exclusive, {
        claims: names,
        users: names.size > 0 ? users(pod, names, nodes) : 0,
      })
      return undefined
    },

    addPod: (state, pod, added) => count(state.read(exclusive), pod, added, 1),
    removePod: (state, pod, removed) => count(state.read(exclusive), pod, removed, -1),

    filter(state, { pod }, node) {
      for (const other of hasDisks(pod) ? node.pods() : []) {
        if (shareDisk(pod, other.pod)) return DISK_CONFLICT
      }
      return state.read(exclusive)!.users > 0 ? IN_USE : undefined
    },
  }
}

function claimNames(pod: Pod): ReadonlySet<string> {
  return new Set(claimsOfPod(pod).map(({ claimName }) => claimName))
}

function usesAny(pod: Pod, names: ReadonlySet<string>): boolean {
  return claimsOfPod(pod).some(({ claimName }) => names.has(claimName))
}

function users(pod: Pod, names: ReadonlySet<string>, nodes: NodeLister): number {
  let sum = 0
  for (const node of nodes.list()) {
    for (const other of node.pods()) sum += usesOf(pod, other, names)
  }
  return sum
}

function usesOf({ metadata }: Pod, { pod }: PodInfo, names: ReadonlySet<string>): number {
  if (pod.metadata.namespace !== metadata.namespace) return 0
  return claimsOfPod(pod).filter(({ claimName }) => names.has(claimName)).length
}

function count(state: Exclusive | undefined, { pod }: PodInfo, other: PodInfo, sign: 1 | -1): void {
  if (state) state.users += sign * usesOf(pod, other, state.claims)
}
