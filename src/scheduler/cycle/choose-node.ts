import type { Logger } from '../../base/logger.ts'
import { randomInt, type Random } from '../../base/random.ts'
import type { NodeInfo } from '../cache/node-info.ts'
import type { PodInfo } from '../cache/pod-info.ts'
import type { Extender } from '../extender/extender.ts'
import { chain } from '../framework/chain.ts'
import { CycleState } from '../framework/cycle-state.ts'
import type { FitFailure } from '../framework/fit-error.ts'
import type { NodeLister } from '../framework/plugin.ts'
import type { PreFilterOutcome, Profile } from '../framework/profile.ts'
import { isRejected, named, unresolvable, type Status } from '../framework/status.ts'
import { addExtenderScores, filterByExtenders, type Feasible } from './ask-extenders.ts'
import { filterWithNominated } from './filter.ts'
import type { Nominator } from './nominator.ts'
import { sampleSize } from './sample-size.ts'

export type Choice =
  | { readonly type: 'fits'; readonly nodeName: string; readonly state: CycleState }
  | { readonly type: 'unfit'; readonly failure: FitFailure; readonly state: CycleState }
  | { readonly type: 'error'; readonly status: Status }

export interface Chooser {
  /** A promise only where somebody outside has to be asked. */
  choose(profile: Profile, pod: PodInfo): Choice | Promise<Choice>
}

export interface ChooserOptions {
  readonly nodes: NodeLister
  readonly nominator: Nominator
  readonly random: Random
  readonly extenders: readonly Extender[]
  readonly logger: Logger
}

/** Finds the best node for a Pod: filters until enough nodes fit, then scores those. All at once, on one state. */
export function createChooser(options: ChooserOptions): Chooser {
  const { nodes, nominator, random, extenders, logger } = options
  // Where the next search begins, so that all nodes get their turn.
  let start = 0

  const search = (
    profile: Profile,
    state: CycleState,
    pod: PodInfo,
    candidates: readonly NodeInfo[],
  ): Feasible => {
    const statuses = new Map<string, Status>()
    const feasible: NodeInfo[] = []
    const enough = sampleSize(candidates.length, profile.percentageOfNodesToScore)
    let tried = 0
    for (; tried < candidates.length && feasible.length < enough; tried += 1) {
      const node = candidates[(start + tried) % candidates.length]!
      const status = filterWithNominated(profile, nominator, state, pod, node)
      if (!status) feasible.push(node)
      else if (isRejected(status)) statuses.set(node.name, status)
      else return { feasible: [], statuses, error: status }
    }
    start = candidates.length === 0 ? 0 : (start + tried) % candidates.length
    return { feasible, statuses }
  }

  const nominated = (
    profile: Profile,
    state: CycleState,
    pod: PodInfo,
    outcome: Going,
  ): NodeInfo | undefined => {
    const name = nominator.nodeOf(pod.uid)
    const node = name === undefined ? undefined : nodes.get(name)
    if (!node || outcome.nodeNames?.has(node.name) === false) return undefined
    return filterWithNominated(profile, nominator, state, pod, node) ? undefined : node
  }

  const ask = (pod: PodInfo, found: Feasible): Feasible | Promise<Feasible> =>
    filterByExtenders(extenders, pod, found, logger)

  const pick = (
    profile: Profile,
    state: CycleState,
    pod: PodInfo,
    feasible: readonly NodeInfo[],
  ): Choice | Promise<Choice> => {
    if (feasible.length === 1) return { type: 'fits', nodeName: feasible[0]!.name, state }
    const status = profile.preScore(state, pod, feasible, nodes)
    if (status) return { type: 'error', status }
    const totals = profile.observer.timed(
      'Score',
      () => totalScores(profile, state, pod, feasible),
      () => undefined,
    )
    return chain(addExtenderScores(extenders, pod, feasible, totals, logger), (all) => {
      const { name } = feasible[bestOf(all, random)]!
      return { type: 'fits', nodeName: name, state }
    })
  }

  const searchAndPick = (
    profile: Profile,
    state: CycleState,
    pod: PodInfo,
    { nodeNames, narrowedBy }: Going,
  ): Choice | Promise<Choice> => {
    const all = nodes.list()
    const candidates = nodeNames
      ? [...nodeNames].map((name) => nodes.get(name)).filter((node) => node !== undefined)
      : all
    const found = profile.observer.timed(
      'Filter',
      () => search(profile, state, pod, candidates),
      ({ error }) => error,
    )
    return chain(ask(pod, found), ({ feasible, statuses, error }) => {
      if (error) return { type: 'error', status: error }
      if (feasible.length === 0)
        return { type: 'unfit', state, failure: unfit(all.length, statuses, narrowedBy) }
      return pick(profile, state, pod, feasible)
    })
  }

  return {
    choose(profile, pod) {
      const state = new CycleState()
      const all = nodes.list()
      if (all.length === 0) return { type: 'unfit', state, failure: emptyFailure() }
      const outcome = profile.preFilter(state, pod, nodes)
      if (outcome.type === 'stop') {
        const { status } = outcome
        return isRejected(status)
          ? { type: 'unfit', state, failure: stopped(all, status) }
          : { type: 'error', status }
      }
      const kept = nominated(profile, state, pod, outcome)
      if (!kept) return searchAndPick(profile, state, pod, outcome)
      return chain(ask(pod, { feasible: [kept], statuses: NO_STATUSES }), ({ feasible }) =>
        feasible.length > 0
          ? { type: 'fits', nodeName: kept.name, state }
          : searchAndPick(profile, state, pod, outcome),
      )
    },
  }
}

type Going = Extract<PreFilterOutcome, { type: 'go' }>

const NO_STATUSES: ReadonlyMap<string, Status> = new Map()

/** The weighted sums of all plugins' scores, by node. */
export function totalScores(
  profile: Profile,
  state: CycleState,
  pod: PodInfo,
  nodes: readonly NodeInfo[],
): Float64Array {
  const { local, answers, others } = profile.active.scorers(state, pod)
  const localSum = (node: NodeInfo): number => {
    let sum = 0
    for (const { plugin, weight } of local) sum += weight * plugin.score(state, pod, node)
    return sum
  }
  const totals = new Float64Array(nodes.length)
  for (let i = 0; i < nodes.length; i += 1) {
    const node = nodes[i]!
    totals[i] = answers ? answers.of(node, localSum) : localSum(node)
  }
  const scores = new Float64Array(nodes.length)
  for (const { plugin, weight } of others) {
    for (let i = 0; i < nodes.length; i += 1) scores[i] = plugin.score(state, pod, nodes[i]!)
    plugin.normalize?.(state, pod, scores, nodes)
    for (let i = 0; i < nodes.length; i += 1) totals[i]! += weight * scores[i]!
  }
  return totals
}

/** The index of the greatest, any of them where several are: each is as likely. */
function bestOf(totals: Float64Array, random: Random): number {
  let [most, ties] = [-Infinity, 0]
  for (const total of totals) {
    if (total > most) [most, ties] = [total, 1]
    else if (total === most) ties += 1
  }
  let left = randomInt(random, ties)
  return totals.findIndex((total) => total === most && left-- === 0)
}

function emptyFailure(): FitFailure {
  return { nodeCount: 0, statuses: new Map(), plugins: new Set(), pendingPlugins: new Set() }
}

function stopped(all: readonly NodeInfo[], status: Status): FitFailure {
  const by = new Set(status.plugin === undefined ? [] : [status.plugin])
  const isPending = status.code === 'Pending'
  return {
    nodeCount: all.length,
    statuses: new Map(),
    absent: status,
    preFilter: status,
    plugins: isPending ? new Set() : by,
    pendingPlugins: isPending ? by : new Set(),
  }
}

function unfit(
  nodeCount: number,
  statuses: ReadonlyMap<string, Status>,
  narrowedBy: readonly string[],
): FitFailure {
  const plugins = new Set(narrowedBy)
  const pendingPlugins = new Set<string>()
  for (const { plugin, code } of statuses.values()) {
    if (plugin !== undefined) (code === 'Pending' ? pendingPlugins : plugins).add(plugin)
  }
  const absent = named(
    unresolvable(`node(s) didn't satisfy plugin(s) [${narrowedBy.join(' ')}]`),
    narrowedBy[0] ?? '',
  )
  return {
    nodeCount,
    statuses,
    plugins,
    pendingPlugins,
    ...(narrowedBy.length > 0 && { absent }),
  }
}
