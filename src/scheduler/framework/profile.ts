import type { Pod } from '../../api/core/v1/pod.ts'
import type { NodeInfo } from '../cache/node-info.ts'
import type { PodInfo } from '../cache/pod-info.ts'
import { stateKey, type CycleState } from './cycle-state.ts'
import type { NodeLister, Plugin, Sortable } from './plugin.ts'
import { isRejected, named, unresolvable, type Status } from './status.ts'

export interface WeightedPlugin {
  readonly plugin: Plugin
  /** How much its score counts; 1 where absent. */
  readonly weight?: number
}

type With<K extends keyof Plugin> = Plugin & Required<Pick<Plugin, K>>

const activeFilters = stateKey<readonly With<'filter'>[]>('ActiveFilters')

function having<K extends keyof Plugin>(plugins: readonly Plugin[], key: K): readonly With<K>[] {
  return plugins.filter((plugin): plugin is With<K> => plugin[key] !== undefined)
}

export type PreFilterOutcome =
  | {
      readonly type: 'go'
      readonly nodeNames?: ReadonlySet<string>
      readonly narrowedBy: readonly string[]
    }
  | { readonly type: 'stop'; readonly status: Status }

/** The plugins that schedule the Pods of one schedulerName, by extension point. */
export class Profile {
  readonly schedulerName: string
  readonly plugins: readonly Plugin[]
  /** 0…100; 0 adapts to the size of the cluster. */
  readonly percentageOfNodesToScore: number
  readonly #queueSort: With<'compare'> | undefined
  readonly #preEnqueue: readonly With<'preEnqueue'>[]
  readonly #preFilter: readonly With<'preFilter'>[]
  readonly filters: readonly With<'filter'>[]
  readonly #postFilter: readonly With<'postFilter'>[]
  readonly #preScore: readonly With<'preScore'>[]
  readonly scorers: readonly { readonly plugin: With<'score'>; readonly weight: number }[]
  readonly reservers: readonly Plugin[]
  readonly permitters: readonly With<'permit'>[]
  readonly preBinders: readonly With<'preBind'>[]
  readonly binders: readonly With<'bind'>[]
  readonly postBinders: readonly With<'postBind'>[]

  constructor(
    schedulerName: string,
    plugins: readonly WeightedPlugin[],
    { percentageOfNodesToScore = 0 }: { readonly percentageOfNodesToScore?: number } = {},
  ) {
    this.schedulerName = schedulerName
    this.percentageOfNodesToScore = percentageOfNodesToScore
    const all = plugins.map(({ plugin }) => plugin)
    const weights = new Map(plugins.map(({ plugin, weight = 1 }) => [plugin.name, weight]))
    this.plugins = all
    this.#queueSort = having(all, 'compare')[0]
    this.#preEnqueue = having(all, 'preEnqueue')
    this.#preFilter = having(all, 'preFilter')
    this.filters = having(all, 'filter')
    this.#postFilter = having(all, 'postFilter')
    this.#preScore = having(all, 'preScore')
    this.scorers = having(all, 'score').map((plugin) => ({
      plugin,
      weight: weights.get(plugin.name)!,
    }))
    this.reservers = all.filter((each) => 'reserve' in each || 'unreserve' in each)
    this.permitters = having(all, 'permit')
    this.preBinders = having(all, 'preBind')
    this.binders = having(all, 'bind')
    this.postBinders = having(all, 'postBind')
  }

  /** QueueSort. */
  compare(a: Sortable, b: Sortable): number {
    return this.#queueSort?.compare(a, b) ?? 0
  }

  preEnqueue(pod: Pod): Status | undefined {
    for (const plugin of this.#preEnqueue) {
      const status = plugin.preEnqueue(pod)
      if (status) return named(status, plugin.name)
    }
    return undefined
  }

  /** Asks all, and joins the sets of nodes that they leave. */
  preFilter(state: CycleState, pod: PodInfo, nodes: NodeLister): PreFilterOutcome {
    let nodeNames: ReadonlySet<string> | undefined
    const narrowedBy: string[] = []
    for (const plugin of this.#preFilter) {
      const result = plugin.preFilter(state, pod, nodes)
      if (!result) continue
      if (result.status?.code === 'Skip') state.skipFilter.add(plugin.name)
      else if (result.status) return { type: 'stop', status: named(result.status, plugin.name) }
      if (!result.nodeNames) continue
      narrowedBy.push(plugin.name)
      nodeNames = nodeNames?.intersection(result.nodeNames) ?? result.nodeNames
      if (nodeNames.size === 0) return { type: 'stop', status: emptied(narrowedBy) }
    }
    return { type: 'go', narrowedBy, ...(nodeNames && { nodeNames }) }
  }

  /** The first objection to the Pod on this node. */
  filter(state: CycleState, pod: PodInfo, node: NodeInfo): Status | undefined {
    for (const plugin of this.#activeFilters(state)) {
      const status = plugin.filter(state, pod, node)
      if (status) return named(status, plugin.name)
    }
    return undefined
  }

  // Asked for each node, so that it pays to sort out once what the Pod has no need of.
  #activeFilters(state: CycleState): readonly With<'filter'>[] {
    const known = state.read(activeFilters)
    if (known) return known
    const active = this.filters.filter(({ name }) => !state.skipFilter.has(name))
    state.write(activeFilters, active)
    return active
  }

  addPod(state: CycleState, pod: PodInfo, added: PodInfo, node: NodeInfo): void {
    for (const plugin of this.#preFilter) {
      if (!state.skipFilter.has(plugin.name)) plugin.addPod?.(state, pod, added, node)
    }
  }

  removePod(state: CycleState, pod: PodInfo, removed: PodInfo, node: NodeInfo): void {
    for (const plugin of this.#preFilter) {
      if (!state.skipFilter.has(plugin.name)) plugin.removePod?.(state, pod, removed, node)
    }
  }

  /** Asks each in turn until one makes room. */
  postFilter(
    state: CycleState,
    pod: PodInfo,
    statuses: ReadonlyMap<string, Status>,
  ): { readonly nominatedNodeName?: string; readonly message: string; readonly plugin?: string } {
    const reasons: string[] = []
    let rejectedBy: string | undefined
    for (const plugin of this.#postFilter) {
      const { status, nominatedNodeName } = plugin.postFilter(state, pod, statuses, this)
      if (!status)
        return { message: '', ...(nominatedNodeName !== undefined && { nominatedNodeName }) }
      reasons.push(...status.reasons)
      if (isRejected(status)) rejectedBy ??= plugin.name
      if (nominatedNodeName !== undefined) return { nominatedNodeName, message: reasons.join(', ') }
    }
    return { message: reasons.join(', '), ...(rejectedBy !== undefined && { plugin: rejectedBy }) }
  }

  preScore(
    state: CycleState,
    pod: PodInfo,
    nodes: readonly NodeInfo[],
    all: NodeLister,
  ): Status | undefined {
    for (const plugin of this.#preScore) {
      const status = plugin.preScore(state, pod, nodes, all)
      if (status?.code === 'Skip') state.skipScore.add(plugin.name)
      else if (status) return named(status, plugin.name)
    }
    return undefined
  }
}

function emptied(plugins: readonly string[]): Status {
  const which =
    plugins.length === 1
      ? `plugin ${plugins[0]}`
      : `plugin(s) [${plugins.join(' ')}] simultaneously`
  return named(unresolvable(`node(s) didn't satisfy ${which}`), plugins[0]!)
}
