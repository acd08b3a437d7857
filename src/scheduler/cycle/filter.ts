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
  // This is quicker to tell, and settles it for most nodes.
  const status = profile.filter(state, pod, node)
  if (status) return status
  const kept = nominator.on(node.name)
  if (!kept) return undefined
  const answers = kept.has(pod.uid) ? undefined : profile.active.keptAnswers(state, pod)
  const beside = (): Status | undefined => filterBeside(profile, state, pod, node, kept)
  return answers ? answers.of(node, beside) : beside()
}

function filterBeside(
  profile: Profile,
  state: CycleState,
  pod: PodInfo,
  node: NodeInfo,
  kept: ReadonlyMap<string, PodInfo>,
): Status | undefined {
  const nominated = [...kept.values()].filter(
    ({ uid, priority }) => uid !== pod.uid && priority >= pod.priority,
  )
  if (nominated.length === 0) return undefined
  const trial = { state: state.clone(), node: node.clone() }
  for (const each of nominated) {
    trial.node.addPod(each)
    profile.addPod(trial.state, pod, each, trial.node)
  }
  return profile.filter(trial.state, pod, trial.node)
}
