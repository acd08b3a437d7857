import type { Pod } from '../../api/core/v1/pod.ts'
import type { NodeInfo } from '../cache/node-info.ts'
import type { ChangingNodes } from '../cache/node-memo.ts'
import type { PodInfo } from '../cache/pod-info.ts'
import type { CycleState } from './cycle-state.ts'
import type { EventRegistration } from './cluster-event.ts'
import type { Profile } from './profile.ts'
import type { Status } from './status.ts'

/** What the queue sorts by. */
export interface Sortable {
  readonly info: PodInfo
  /** When the Pod came into the queue last, in milliseconds. */
  readonly sinceMs: number
}

/** All nodes, as plugins see them during a cycle. */
export interface NodeLister extends ChangingNodes {
  /** In the order in which they are tried: zone by zone in turn. */
  list(): readonly NodeInfo[]
  get(name: string): NodeInfo | undefined
  /** Whether a Pod is only assumed to have its node. */
  isAssumed(uid: string): boolean
  /** Nodes with Pods whose terms make some nodes better than others. */
  withAffinity(): readonly NodeInfo[]
  /** Nodes with Pods that keep others away. */
  withRequiredAntiAffinity(): readonly NodeInfo[]
  /** Whether any node has a taint that only asks to be left alone. */
  readonly hasSoftTaints: boolean
  /** Whether any node tells which images it has. */
  readonly hasImages: boolean
}

export interface PreFilterResult {
  readonly status?: Status | undefined
  /** Only these nodes are worth trying. */
  readonly nodeNames?: ReadonlySet<string>
}

/** Why each node was turned down: what a PostFilter starts from. */
export type NodeStatuses = ReadonlyMap<string, Status>

export interface PostFilterResult {
  readonly status?: Status | undefined
  /** Where the Pod may go once others have left; empty clears it. */
  readonly nominatedNodeName?: string
}

/**
 * A scheduling plugin: any of the extension points of the scheduling framework (KEP-624). All but PreBind and Bind
 * answer at once, which is why a cycle sees one state of the cluster without a copy of it; PostFilter may take its time
 * where it asks somebody outside.
 */
export interface Plugin {
  readonly name: string
  /** Changes that may help Pods that this plugin turned away. */
  readonly events?: readonly EventRegistration[]

  /**
   * What Filter and Score look at in a Pod, where besides that they look at the one node alone: what they say of a node is
   * then remembered for Pods alike until the node changes. Undefined where they look at more.
   */
  looksAt?(pod: PodInfo): unknown

  preEnqueue?(pod: Pod): Status | undefined
  /** QueueSort: whether `a` goes before `b`, as a comparison. */
  compare?(a: Sortable, b: Sortable): number
  preFilter?(state: CycleState, pod: PodInfo, nodes: NodeLister): PreFilterResult | undefined
  filter?(state: CycleState, pod: PodInfo, node: NodeInfo): Status | undefined
  /** Keeps what PreFilter computed right where a trial adds or removes a Pod. */
  addPod?(state: CycleState, pod: PodInfo, added: PodInfo, node: NodeInfo): void
  removePod?(state: CycleState, pod: PodInfo, removed: PodInfo, node: NodeInfo): void
  postFilter?(
    state: CycleState,
    pod: PodInfo,
    statuses: NodeStatuses,
    profile: Profile,
  ): PostFilterResult | Promise<PostFilterResult>
  preScore?(
    state: CycleState,
    pod: PodInfo,
    nodes: readonly NodeInfo[],
    all: NodeLister,
  ): Status | undefined
  score?(state: CycleState, pod: PodInfo, node: NodeInfo): number
  /** Brings the scores of all nodes, in place, to 0…100. */
  normalize?(
    state: CycleState,
    pod: PodInfo,
    scores: Float64Array,
    nodes: readonly NodeInfo[],
  ): void
  reserve?(state: CycleState, pod: PodInfo, nodeName: string): Status | undefined
  /** Undoes Reserve; must do no harm where Reserve has not run. */
  unreserve?(state: CycleState, pod: PodInfo, nodeName: string): void
  /** `Wait` holds the Pod back, for at most `timeoutMs`. */
  permit?(
    state: CycleState,
    pod: PodInfo,
    nodeName: string,
  ): { readonly status: Status; readonly timeoutMs?: number } | undefined
  /** The Pod fits nowhere, and nobody could make room: those that wait at Permit for it wait for nothing. */
  turnedAway?(pod: PodInfo): void
  /** What is to happen before the Pod is bound; undefined where that is nothing. */
  preBind?(
    state: CycleState,
    pod: PodInfo,
    nodeName: string,
  ): Promise<Status | undefined> | undefined
  /** `Skip` leaves it to the next. */
  bind?(state: CycleState, pod: PodInfo, nodeName: string): Promise<Status | undefined>
  postBind?(state: CycleState, pod: PodInfo, nodeName: string): void
}

export const MAX_SCORE = 100

/** Spreads scores so that the greatest is 100; `reverse` makes the least best. */
export function normalizeScores(scores: Float64Array, reverse = false): void {
  let max = 0
  for (const score of scores) if (score > max) max = score
  if (max === 0) {
    if (reverse) scores.fill(MAX_SCORE)
    return
  }
  for (let i = 0; i < scores.length; i += 1) {
    const score = Math.trunc((MAX_SCORE * scores[i]!) / max)
    scores[i] = reverse ? MAX_SCORE - score : score
  }
}
