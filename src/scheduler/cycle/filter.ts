import type { NodeInfo } from '../cache/node-info.ts'
import type { PodInfo } from '../cache/pod-info.ts'
import type { CycleState } from '../framework/cycle-state.ts'
import type { Profile } from '../framework/profile.ts'
import type { Status } from '../framework/status.ts'
import type { Nominator } from './nominator.ts'

/**
 * The first objection to a Pod on a node. Pods of the same or higher priority that the node is kept for count as there;
 * but the Pod must fit without them too, since they may yet go elsewhere and what it needs of them be missing.
 */
export function filterWithNominated(
  profile: Profile,
  nominator: Nominator,
  state: CycleState,
  pod: PodInfo,
  node: NodeInfo,
): Status | undefined {
  if (!nominator.isEmpty) {
    const nominated = [...nominator.on(node.name)].filter(
      ({ uid, priority }) => uid !== pod.uid && priority >= pod.priority,
    )
    if (nominated.length > 0) {
      const trial = { state: state.clone(), node: node.clone() }
      for (const each of nominated) {
        trial.node.addPod(each)
        profile.addPod(trial.state, pod, each, trial.node)
      }
      const status = profile.filter(trial.state, pod, trial.node)
      if (status) return status
    }
  }
  return profile.filter(state, pod, node)
}
