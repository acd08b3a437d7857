import { podCondition } from '../../../api/core/v1/pod-conditions.ts'
import { Pod } from '../../../api/core/v1/pod.ts'
import { PodDisruptionBudget } from '../../../api/policy/v1/pod-disruption-budget.ts'
import { isNotFound } from '../../../apimachinery/status-predicates.ts'
import { timestamp } from '../../../base/clock.ts'
import { randomInt } from '../../../base/random.ts'
import { AnswersByShape } from '../../cache/node-answers.ts'
import type { NodeInfo } from '../../cache/node-info.ts'
import type { PodInfo } from '../../cache/pod-info.ts'
import type { CycleState } from '../../framework/cycle-state.ts'
import { chain } from '../../framework/chain.ts'
import { fitMessage } from '../../framework/fit-error.ts'
import type { Handle } from '../../framework/handle.ts'
import type { NodeStatuses, Plugin, PostFilterResult } from '../../framework/plugin.ts'
import type { Profile } from '../../framework/profile.ts'
import { unresolvable, unschedulable, type Status } from '../../framework/status.ts'
import { narrowByExtenders } from './narrow-by-extenders.ts'
import { pickCandidate, selectVictims, type Candidate } from './victims.ts'

export interface DefaultPreemptionArgs {
  /** How large a share of the nodes is looked at, in percent; 10 where absent. */
  readonly minCandidateNodesPercentage?: number
  /** And how many nodes at least; 100 where absent. */
  readonly minCandidateNodesAbsolute?: number
}

const NO_HELP = unresolvable('Preemption is not helpful for scheduling')
const NEVER = 'not eligible due to preemptionPolicy=Never.'
const TERMINATING = 'not eligible due to a terminating pod on the nominated node.'
const REASON = 'PreemptionByScheduler'
const NONE: ReadonlySet<string> = new Set()

/** Makes room for a Pod that fits nowhere: Pods of lower priority must leave a node, which is then kept for it. */
export function defaultPreemption(
  handle: Handle,
  { minCandidateNodesPercentage = 10, minCandidateNodesAbsolute = 100 }: DefaultPreemptionArgs = {},
): Plugin {
  const { informers, nodes, nominator, random } = handle
  const budgets = informers.informer(PodDisruptionBudget)
  let remembered = new AnswersByShape<Candidate | Status>()
  const forget = (): void => void (remembered = new AnswersByShape())
  budgets.subscribe({ add: forget, update: forget, delete: forget })
  /** Pods for which victims are being deleted; they wait for that. */
  const preempting = new Set<string>()

  const candidatesFor = (
    profile: Profile,
    state: CycleState,
    pod: PodInfo,
    potential: readonly NodeInfo[],
  ) => {
    const trial = { profile, nominator, state, pod, budgets: budgets.cache.list() }
    const shape = profile.active.shapeOf(state, pod)
    const answers = shape === undefined ? undefined : remembered.of(`${pod.priority} ${shape}`)
    const select = (node: NodeInfo): Candidate | Status => selectVictims(trial, node)
    // On a node that is kept for the Pod itself there is one less to reckon with than for others like it.
    const own = nominator.nodeOf(pod.uid)
    const resultOn = (node: NodeInfo): Candidate | Status =>
      answers && node.name !== own ? answers.of(node, select) : select(node)
    const enough = Math.min(
      potential.length,
      Math.max(
        minCandidateNodesAbsolute,
        Math.trunc((potential.length * minCandidateNodesPercentage) / 100),
      ),
    )
    const offset = randomInt(random, potential.length)
    const found: Candidate[] = []
    const statuses = new Map<string, Status>()
    for (let i = 0; i < potential.length; i += 1) {
      const node = potential[(offset + i) % potential.length]!
      const result = resultOn(node)
      if ('victims' in result) found.push(result)
      else statuses.set(node.name, result)
      if (found.length >= enough && found.some(({ violations }) => violations === 0)) break
    }
    return { found, statuses }
  }
  const preempt = async (pod: PodInfo, { victims, nodeName }: Candidate): Promise<void> => {
    preempting.add(pod.uid)
    try {
      await Promise.all(victims.map((victim) => evict(handle, pod, victim, nodeName)))
    } catch (error) {
      handle.logger.warn('Cannot preempt a Pod', { error })
      handle.activate(pod.uid)
    } finally {
      preempting.delete(pod.uid)
    }
  }

  const makeRoom = (pod: PodInfo, best: Candidate): PostFilterResult => {
    handle.preempted(best.victims.length)
    // Lesser Pods that the node was kept for may do better elsewhere now.
    for (const each of Array.from(nominator.on(best.nodeName)?.values() ?? [])) {
      if (each.priority >= pod.priority) continue
      nominator.delete(each.uid)
      handle.activate(each.uid)
    }
    void preempt(pod, best)
    return { nominatedNodeName: best.nodeName }
  }

  return {
    name: 'DefaultPreemption',
    postFilter(state, pod, statuses, profile) {
      if (preempting.has(pod.uid)) return rejected(TERMINATING)
      const ineligible = whyNot(handle, pod, statuses)
      if (ineligible !== undefined) return rejected(ineligible)
      const potential = [...statuses]
        .filter(([, { code }]) => code === 'Unschedulable')
        .map(([name]) => nodes.get(name))
        .filter((node) => node !== undefined)
      const { found, statuses: refusals } =
        potential.length === 0
          ? { found: [], statuses: new Map<string, Status>() }
          : candidatesFor(profile, state, pod, potential)
      if (found.length === 0) {
        const message = fitMessage({
          nodeCount: nodes.list().length,
          statuses: refusals,
          absent: NO_HELP,
          plugins: NONE,
          pendingPlugins: NONE,
        })
        return { ...rejected(message), nominatedNodeName: '' }
      }
      return chain(narrowByExtenders(pod, found, handle), (left) =>
        left.length > 0 ? makeRoom(pod, pickCandidate(left)) : rejected('no candidates left'),
      )
    },
  }
}

function rejected(message: string): PostFilterResult {
  return { status: unschedulable(`preemption: ${message}`) }
}

/** Why a Pod may not push out others; undefined where it may. */
function whyNot(
  { nodes, nominator }: Handle,
  pod: PodInfo,
  statuses: NodeStatuses,
): string | undefined {
  if (pod.pod.spec.preemptionPolicy === 'Never') return NEVER
  const name = nominator.nodeOf(pod.uid) ?? pod.pod.status.nominatedNodeName
  const node = name ? nodes.get(name) : undefined
  if (!node || statuses.get(node.name)?.code === 'UnschedulableAndUnresolvable') return undefined
  for (const { pod: other, priority } of node.pods()) {
    if (priority < pod.priority && isPreempted(other)) return TERMINATING
  }
  return undefined
}

function isPreempted({ metadata, status }: Pod): boolean {
  if (metadata.deletionTimestamp === undefined) return false
  const condition = podCondition(status, 'DisruptionTarget')
  return condition?.status === 'True' && condition.reason === REASON
}

async function evict(
  { client, clock, tell }: Handle,
  { pod }: PodInfo,
  { pod: victim }: PodInfo,
  nodeName: string,
): Promise<void> {
  const { namespace, name, uid, generation } = victim.metadata
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: REASON,
    message: `${pod.spec.schedulerName}: preempting to accommodate a higher priority pod`,
    lastTransitionTime: timestamp(clock),
    ...(generation !== undefined && { observedGeneration: generation }),
  }
  try {
    const patch = { metadata: { uid }, status: { conditions: [condition] } }
    await client.patch(Pod, { namespace, name }, 'strategic', patch, { subresource: 'status' })
    await client.delete(Pod, { namespace, name }, { preconditions: { uid } })
  } catch (error) {
    if (!isNotFound(error)) throw error
    return
  }
  tell(victim, 'Preempted', `Preempted by pod ${pod.metadata.uid} on node ${nodeName}`)
}
