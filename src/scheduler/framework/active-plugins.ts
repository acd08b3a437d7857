import { AnswersByShape, type NodeAnswers } from '../cache/node-answers.ts'
import type { NodeInfo } from '../cache/node-info.ts'
import type { PodInfo } from '../cache/pod-info.ts'
import { stateKey, type CycleState } from './cycle-state.ts'
import type { Plugin } from './plugin.ts'
import { named, type Status } from './status.ts'

export type With<K extends keyof Plugin> = Plugin & Required<Pick<Plugin, K>>

/** A plugin that scores, and how much that counts. */
export interface Scorer {
  readonly plugin: With<'score'>
  readonly weight: number
}

/** The filters that have a say on a Pod. */
interface ActiveFilters {
  /** Those first in line that look at the one node alone, and what they have said of it to Pods alike. */
  readonly local: readonly With<'filter'>[]
  /** What they look at in the Pod. */
  readonly shape: string
  readonly answers: NodeAnswers<Status | undefined> | undefined
  readonly others: readonly With<'filter'>[]
  /** What was found of nodes that are kept for others; undefined where that is not for the one node alone to tell. */
  readonly kept: NodeAnswers<Status | undefined> | undefined
}

const activeFilters = stateKey<ActiveFilters>('ActiveFilters')

/** The scorers that have a say on a Pod. */
export interface ActiveScorers {
  /** Those that look at the one node alone, and the weighted sums that they gave to Pods alike. */
  readonly local: readonly Scorer[]
  readonly answers: NodeAnswers<number> | undefined
  readonly others: readonly Scorer[]
}

/** The filters and scorers of a profile, and what they said of nodes to earlier Pods. */
export class ActivePlugins {
  readonly #filters: readonly With<'filter'>[]
  readonly #scorers: readonly Scorer[]
  readonly #asked: (plugin: string) => void
  readonly #filterAnswers = new AnswersByShape<Status | undefined>()
  readonly #keptAnswers = new AnswersByShape<Status | undefined>()
  readonly #scoreAnswers = new AnswersByShape<number>()

  /** `asked` is told of each filter that has a say on a Pod. */
  constructor(
    filters: readonly With<'filter'>[],
    scorers: readonly Scorer[],
    asked: (plugin: string) => void,
  ) {
    this.#filters = filters
    this.#scorers = scorers
    this.#asked = asked
  }

  /** The first objection to the Pod on this node. */
  filter(state: CycleState, pod: PodInfo, node: NodeInfo): Status | undefined {
    const { local, answers, others } = this.#activeFilters(state, pod)
    let status: Status | undefined
    if (answers?.has(node)) status = answers.get(node)
    else {
      status = objection(local, state, pod, node)
      answers?.set(node, status)
    }
    return status ?? objection(others, state, pod, node)
  }

  /** Where to remember whether Pods like this one fit beside those that nodes are kept for. */
  keptAnswers(state: CycleState, pod: PodInfo): NodeAnswers<Status | undefined> | undefined {
    return this.#activeFilters(state, pod).kept
  }

  /** What all filters look at in a Pod, where they look at one node at a time; undefined where some look at more. */
  shapeOf(state: CycleState, pod: PodInfo): string | undefined {
    const { others, shape } = this.#activeFilters(state, pod)
    return others.length === 0 ? shape : undefined
  }

  // Asked for each node, so that it pays to sort out once what the Pod has no need of.
  #activeFilters(state: CycleState, pod: PodInfo): ActiveFilters {
    const known = state.read(activeFilters)
    if (known) return known
    const active = this.#filters.filter(({ name }) => !state.skipFilter.has(name))
    const shapes = active.map((plugin) => plugin.looksAt?.(pod))
    const end = shapes.indexOf(undefined)
    const count = end < 0 ? active.length : end
    const local = active.slice(0, count)
    const shape = shapeKey(local, shapes.slice(0, count))
    const answers = this.#filterAnswers.of(shape)
    const others = active.slice(count)
    const kept = others.length === 0 ? this.#keptAnswers.of(`${pod.priority} ${shape}`) : undefined
    const filters = { local, shape, answers, others, kept }
    state.write(activeFilters, filters)
    for (const { name } of active) this.#asked(name)
    return filters
  }

  /** The scorers that have a say on a Pod, after PreScore. */
  scorers(state: CycleState, pod: PodInfo): ActiveScorers {
    const active = this.#scorers.filter(({ plugin }) => !state.skipScore.has(plugin.name))
    const isLocal = ({ plugin }: Scorer): boolean =>
      plugin.normalize === undefined && plugin.looksAt?.(pod) !== undefined
    const local = active.filter(isLocal)
    const plugins = local.map(({ plugin }) => plugin)
    const shapes = plugins.map((plugin) => plugin.looksAt!(pod))
    const answers = this.#scoreAnswers.of(shapeKey(plugins, shapes))
    return { local, answers, others: active.filter((each) => !local.includes(each)) }
  }
}

function shapeKey(plugins: readonly Plugin[], shapes: readonly unknown[]): string {
  return JSON.stringify(plugins.map(({ name }, i) => [name, shapes[i]]))
}

function objection(
  filters: readonly With<'filter'>[],
  state: CycleState,
  pod: PodInfo,
  node: NodeInfo,
): Status | undefined {
  for (const plugin of filters) {
    const status = plugin.filter(state, pod, node)
    if (status) return named(status, plugin.name)
  }
  return undefined
}
