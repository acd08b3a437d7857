import { isPodTerminal } from '../../../api/core/v1/pod-conditions.ts'
import { Pod } from '../../../api/core/v1/pod.ts'
import type { PodGroup } from '../../../api/scheduling/v1alpha2/pod-group.ts'
import { indexBy } from '../../../client/object-cache.ts'
import type { ResourceClass } from '../../../schema/resource.ts'
import { ADD, on, queueIf, type ClusterEvent, type Hint } from '../../framework/cluster-event.ts'
import type { Handle } from '../../framework/handle.ts'
import type { Plugin } from '../../framework/plugin.ts'
import { unresolvable, type Status } from '../../framework/status.ts'
import { areOfOneGang, groupOf } from '../../gangs.ts'

const NAME = 'GangScheduling'
const TIMEOUT_MS = 5 * 60_000
const TOO_FEW = unresolvable('waiting for minCount pods from a gang to appear in scheduling queue')
const WAIT: Status = {
  code: 'Wait',
  reasons: ['waiting for minCount pods from a gang to be waiting on permit'],
}

const podsByGroup = indexBy(Pod, 'schedulingGroup', (pod) => {
  const group = groupOf(pod)
  return group === undefined ? [] : [group]
})

/**
 * Places the Pods of a gang all together or not at all (KEP-4671): none is tried before enough of them are there, and
 * each that has found a node waits there until enough others have. `podGroups` are PodGroups, where they are served.
 */
export function gangScheduling(
  { informers, waitingPods, nodes, activate }: Handle,
  podGroups: ResourceClass<PodGroup> | undefined,
): Plugin {
  if (!podGroups) return { name: NAME }
  const groups = informers.informer(podGroups)
  const pods = informers.informer(Pod)
  const membersOf = ({ metadata }: Pod, group: string): readonly Pod[] =>
    pods.cache
      .find(podsByGroup, group)
      .filter((each) => each.metadata.namespace === metadata.namespace && !isPodTerminal(each))
  const minCountOf = ({ metadata: { namespace } }: Pod, name: string): number =>
    groups.cache.get({ namespace, name })?.spec.schedulingPolicy.gang?.minCount ?? 0
  /** Whether a Pod has a node, or is about to have one. */
  const isPlaced = ({ metadata: { uid }, spec }: Pod): boolean =>
    Boolean(spec.nodeName) || waitingPods.has(uid) || nodes.isAssumed(uid)
  /** Members that fitted nowhere when they were tried last, and those that gave their nodes back for their sake. */
  const unplaced = new Set<string>()
  const resting = new Set<string>()
  const giveUp = (pod: Pod, group: string): void => {
    const members = membersOf(pod, group)
    if (members.filter(({ spec }) => spec.nodeName).length >= minCountOf(pod, group)) return
    for (const { metadata } of members) {
      const waiting = waitingPods.get(metadata.uid)
      if (!waiting) continue
      resting.add(metadata.uid)
      waiting.reject(NAME, 'another pod of the gang cannot be placed')
    }
  }
  pods.subscribe({
    delete({ metadata: { uid } }) {
      unplaced.delete(uid)
      resting.delete(uid)
    },
  })
  // Every member that waits asks this of each that comes.
  const wholeWith = new WeakMap<Pod, boolean>()
  const isWholeWith = (pod: Pod, group: string): boolean =>
    wholeWith.getOrInsertComputed(pod, () => membersOf(pod, group).length >= minCountOf(pod, group))
  const memberCame = (
    pod: Pod,
    { after }: ClusterEvent<'UnscheduledPod' | 'AssignedPod'>,
  ): Hint => {
    const group = groupOf(pod)
    return queueIf(
      group !== undefined &&
        after !== undefined &&
        areOfOneGang(after, pod) &&
        isWholeWith(after, group),
    )
  }

  return {
    name: NAME,
    events: [
      on('UnscheduledPod', ADD, memberCame),
      on('AssignedPod', ADD, memberCame),
      on('PodGroup', ADD, (pod, { after }) =>
        queueIf(
          after?.metadata.name === groupOf(pod) &&
            after?.metadata.namespace === pod.metadata.namespace,
        ),
      ),
    ],

    preEnqueue(pod) {
      const group = groupOf(pod)
      if (group === undefined) return undefined
      if (!groups.cache.get({ namespace: pod.metadata.namespace, name: group }))
        return unresolvable(`waiting for pods's pod group "${group}" to appear in scheduling queue`)
      return membersOf(pod, group).length < minCountOf(pod, group) ? TOO_FEW : undefined
    },

    permit(_state, { pod, uid }) {
      unplaced.delete(uid)
      resting.delete(uid)
      const group = groupOf(pod)
      const minCount = group === undefined ? 0 : minCountOf(pod, group)
      if (group === undefined || minCount === 0) return undefined
      const members = membersOf(pod, group)
      const placed = members.filter(isPlaced)
      if (placed.length < minCount) {
        // There may be room for them now.
        for (const { metadata } of members) if (resting.delete(metadata.uid)) activate(metadata.uid)
        return { status: WAIT, timeoutMs: TIMEOUT_MS }
      }
      for (const { metadata } of placed) waitingPods.get(metadata.uid)?.allow(NAME)
      return undefined
    },

    // Where one of a gang gives up, the others hold their nodes for nothing.
    unreserve(_state, { pod }) {
      const group = groupOf(pod)
      if (group !== undefined) giveUp(pod, group)
    },

    turnedAway({ pod, uid }) {
      const group = groupOf(pod)
      if (group === undefined) return
      unplaced.add(uid)
      const left = membersOf(pod, group).filter(({ metadata }) => !unplaced.has(metadata.uid))
      if (left.length < minCountOf(pod, group)) giveUp(pod, group)
    },
  }
}
