import type { Pod } from '../../api/core/v1/pod.ts'
import type { NodeInfo } from '../cache/node-info.ts'
import type { PodInfo } from '../cache/pod-info.ts'
import { chain, rescue } from './chain.ts'
import { ActivePlugins, type With } from './active-plugins.ts'
import type { CycleState } from './cycle-state.ts'
import {
  pluginsAt,
  PluginSelectionError,
  weightOf,
  type ExtensionPoint,
  type PluginSelection,
} from './plugin-selection.ts'
import type { NodeLister, Plugin, PostFilterResult, Sortable } from './plugin.ts'
import {
  failed,
  isRejected,
  messageOf,
  named,
  unresolvable,
  unschedulable,
  type Status,
} from './status.ts'

function having<K extends keyof Plugin>(plugins: readonly Plugin[], key: K): readonly With<K>[] {
  return plugins.filter((plugin): plugin is With<K> => plugin[key] !== undefined)
}

function onlySorter(sorters: readonly With<'compare'>[], schedulerName: string): With<'compare'> {
  if (sorters.length === 1) return sorters[0]!
  throw new PluginSelectionError(
    `only one queue sort plugin required for profile with scheduler name "${schedulerName}", but got ${sorters.length}`,
  )
}

/** What a profile is made of. */
export interface ProfileParts {
  /** Those that the selection names, at least. */
  readonly plugins: readonly Plugin[]
  readonly selection: PluginSelection
  /** 0…100; 0, as where absent, adapts to the size of the cluster. */
  readonly percentageOfNodesToScore?: number
  /** Whom to tell how long extension points take. */
  readonly observer?: ProfileObserver
}

/** Measures what a profile does. */
export interface ProfileObserver {
  /** Runs all plugins of an extension point. */
  readonly timed: <T>(
    point: string,
    run: () => T,
    statusOf: (result: Awaited<T>) => Status | undefined,
  ) => T
  /** A plugin has its say on a Pod. */
  readonly asked: (plugin: string, point: string) => void
}

const NO_OBSERVER: ProfileObserver = { timed: (_point, run) => run(), asked: () => undefined }

export type PreFilterOutcome =
  | {
      readonly type: 'go'
      readonly nodeNames?: ReadonlySet<string>
      readonly narrowedBy: readonly string[]
    }
  | { readonly type: 'stop'; readonly status: Status }

export interface PostFilterOutcome {
  /** Where the Pod may go later; empty clears it. */
  readonly nominatedNodeName?: string
  /** Why nothing helped; empty where something did. */
  readonly message: string
  /** Who turned the Pod away. */
  readonly plugin?: string
}

/** The plugins that schedule the Pods of one schedulerName, by extension point. */
export class Profile {
  readonly schedulerName: string
  /** 0…100; 0 adapts to the size of the cluster. */
  readonly percentageOfNodesToScore: number
  readonly observer: ProfileObserver
  /** What it is made of. */
  readonly parts: ProfileParts
  readonly #queueSort: With<'compare'>
  readonly #preEnqueue: readonly With<'preEnqueue'>[]
  readonly #preFilter: readonly With<'preFilter'>[]
  readonly filters: readonly With<'filter'>[]
  /** Those of them that have a say on a Pod, and the scorers likewise. */
  readonly active: ActivePlugins
  readonly #postFilter: readonly With<'postFilter'>[]
  readonly #preScore: readonly With<'preScore'>[]
  readonly reservers: readonly Plugin[]
  readonly permitters: readonly With<'permit'>[]
  readonly preBinders: readonly With<'preBind'>[]
  readonly binders: readonly With<'bind'>[]
  readonly postBinders: readonly With<'postBind'>[]

  /** Throws `PluginSelectionError` where plugins are to work where they cannot, or where nothing sorts or binds. */
  constructor(schedulerName: string, parts: ProfileParts) {
    const { plugins, selection } = parts
    const byName = new Map(plugins.map((plugin) => [plugin.name, plugin]))
    const at = (point: ExtensionPoint): readonly Plugin[] =>
      pluginsAt(point, selection, byName).map(({ name }) => byName.get(name)!)
    this.schedulerName = schedulerName
    this.parts = parts
    this.observer = parts.observer ?? NO_OBSERVER
    this.percentageOfNodesToScore = parts.percentageOfNodesToScore ?? 0
    this.#queueSort = onlySorter(having(at('queueSort'), 'compare'), schedulerName)
    this.#preEnqueue = having(at('preEnqueue'), 'preEnqueue')
    this.#preFilter = having(at('preFilter'), 'preFilter')
    this.filters = having(at('filter'), 'filter')
    this.#postFilter = having(at('postFilter'), 'postFilter')
    this.#preScore = having(at('preScore'), 'preScore')
    const scorers = having(at('score'), 'score').map((plugin) => ({
      plugin,
      weight: weightOf(plugin.name, selection),
    }))
    this.active = new ActivePlugins(this.filters, scorers, (name) =>
      this.observer.asked(name, 'Filter'),
    )
    this.reservers = at('reserve')
    this.permitters = having(at('permit'), 'permit')
    this.preBinders = having(at('preBind'), 'preBind')
    this.binders = having(at('bind'), 'bind')
    this.postBinders = having(at('postBind'), 'postBind')
    if (this.binders.length > 0) return
    throw new PluginSelectionError(
      `at least one bind plugin is needed for profile with scheduler name "${schedulerName}"`,
    )
  }

  /** QueueSort. */
  compare(a: Sortable, b: Sortable): number {
    return this.#queueSort.compare(a, b)
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
    return this.observer.timed(
      'PreFilter',
      () => this.#preFilterAll(state, pod, nodes),
      (outcome) => (outcome.type === 'stop' ? outcome.status : undefined),
    )
  }

  #preFilterAll(state: CycleState, pod: PodInfo, nodes: NodeLister): PreFilterOutcome {
    let nodeNames: ReadonlySet<string> | undefined
    const narrowedBy: string[] = []
    for (const plugin of this.#preFilter) {
      this.observer.asked(plugin.name, 'PreFilter')
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
    return this.active.filter(state, pod, node)
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

  /** Tells those who have others wait at Permit. */
  turnedAway(pod: PodInfo): void {
    for (const plugin of this.permitters) plugin.turnedAway?.(pod)
  }

  /** Asks each in turn until one makes room, or breaks; a promise only where one asks somebody outside. */
  postFilter(
    state: CycleState,
    pod: PodInfo,
    statuses: ReadonlyMap<string, Status>,
  ): PostFilterOutcome | Promise<PostFilterOutcome> {
    const ask = (i: number, before: PostFilterOutcome): typeof result => {
      const plugin = this.#postFilter[i]
      if (!plugin) return before
      const asked = rescue<PostFilterResult>(
        () => plugin.postFilter(state, pod, statuses, this),
        (error) => ({ status: failed(error) }),
      )
      return chain(asked, (answer) => {
        const { outcome, isFinal } = joined(before, answer, plugin.name)
        return isFinal ? outcome : ask(i + 1, outcome)
      })
    }
    const result: PostFilterOutcome | Promise<PostFilterOutcome> = this.observer.timed(
      'PostFilter',
      () => ask(0, { message: '' }),
      ({ message }) => (message === '' ? undefined : unschedulable(message)),
    )
    return result
  }

  preScore(
    state: CycleState,
    pod: PodInfo,
    nodes: readonly NodeInfo[],
    all: NodeLister,
  ): Status | undefined {
    return this.observer.timed(
      'PreScore',
      () => this.#preScoreAll(state, pod, nodes, all),
      (status) => status,
    )
  }

  #preScoreAll(
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

/** What came of asking one more plugin, and whether that settles it. */
function joined(
  before: PostFilterOutcome,
  { status, nominatedNodeName = before.nominatedNodeName }: PostFilterResult,
  name: string,
): { readonly outcome: PostFilterOutcome; readonly isFinal: boolean } {
  const nominated = nominatedNodeName === undefined ? {} : { nominatedNodeName }
  if (!status) return { outcome: { message: '', ...nominated }, isFinal: true }
  if (!isRejected(status)) return { outcome: { message: messageOf(status) }, isFinal: true }
  const message = [before.message, ...status.reasons].filter((each) => each !== '').join(', ')
  return {
    outcome: { message, ...nominated, plugin: before.plugin ?? name },
    isFinal: status.code === 'UnschedulableAndUnresolvable',
  }
}

function emptied(plugins: readonly string[]): Status {
  const which =
    plugins.length === 1
      ? `plugin ${plugins[0]}`
      : `plugin(s) [${plugins.join(' ')}] simultaneously`
  return named(unresolvable(`node(s) didn't satisfy ${which}`), plugins[0]!)
}
