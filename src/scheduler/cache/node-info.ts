import type { HostPort } from '../../api/core/v1/host-ports.ts'
import type { Node } from '../../api/core/v1/node.ts'
import { quantityValue } from '../../schema/quantity.ts'
import type { AffinityTerms } from './affinity-terms.ts'
import type { PodInfo } from './pod-info.ts'
import { Amounts, amountsFrom } from './resources.ts'

/** A node, the Pods on it, and their sums, kept up to date by each Pod that comes or goes. */
export class NodeInfo {
  readonly name: string
  /** Small and its own for as long as the cache has the node, as an index; -1 for a copy. */
  readonly slot: number
  /** Those of the node, at hand: filters ask for them more than for anything else. */
  labels: Readonly<Record<string, string>>
  #node: Node
  #pods = new Map<string, PodInfo>()
  #affinity = new Map<string, PodInfo>()
  #requiredAntiAffinity = new Map<string, PodInfo>()
  #ports: HostPort[] = []
  allocatable = new Amounts()
  allowedPods = 0
  requested = new Amounts()
  nonZeroCPU = 0
  nonZeroMemory = 0
  /** Differs after each change of the node or its Pods. */
  generation = 0

  constructor(node: Node, slot = -1) {
    this.slot = slot
    this.name = node.metadata.name
    this.#node = node
    this.labels = node.metadata.labels ?? NO_LABELS
  }

  get node(): Node {
    return this.#node
  }

  get podCount(): number {
    return this.#pods.size
  }

  pods(): Iterable<PodInfo> {
    return this.#pods.values()
  }

  /** Those whose terms make some nodes better than others. */
  podsWithAffinity(): ReadonlyMap<string, PodInfo> {
    return this.#affinity
  }

  podsWithRequiredAntiAffinity(): ReadonlyMap<string, PodInfo> {
    return this.#requiredAntiAffinity
  }

  get ports(): readonly HostPort[] {
    return this.#ports
  }

  setNode(node: Node): void {
    this.#node = node
    this.labels = node.metadata.labels ?? NO_LABELS
    const { allocatable } = node.status
    this.allocatable = amountsFrom(allocatable)
    this.allowedPods = quantityValue(allocatable?.['pods'])
    this.touch()
  }

  /** What was found out of the node holds no longer. */
  touch(): void {
    this.generation = nextGeneration()
  }

  addPod(info: PodInfo): void {
    if (this.#pods.has(info.uid)) this.removePod(info.uid)
    this.#pods.set(info.uid, info)
    this.#count(info, 1)
    const { terms, ports, uid } = info
    if (terms && attracts(terms)) this.#affinity.set(uid, info)
    if (terms && terms.requiredAntiAffinity.length > 0) this.#requiredAntiAffinity.set(uid, info)
    if (ports.length > 0) this.#ports.push(...ports)
    this.touch()
  }

  /** Puts a newer state of a Pod in its place that needs just what the older did. */
  replacePod(info: PodInfo): void {
    for (const pods of [this.#pods, this.#affinity, this.#requiredAntiAffinity]) {
      if (pods.has(info.uid)) pods.set(info.uid, info)
    }
  }

  /** Removes a Pod; false where it was not there. */
  removePod(uid: string): boolean {
    const info = this.#pods.get(uid)
    if (!info) return false
    this.#pods.delete(uid)
    this.#affinity.delete(uid)
    this.#requiredAntiAffinity.delete(uid)
    this.#count(info, -1)
    if (info.ports.length > 0) this.#ports = [...this.#pods.values()].flatMap(({ ports }) => ports)
    this.touch()
    return true
  }

  clone(): NodeInfo {
    const copy = new NodeInfo(this.#node)
    copy.allocatable = this.allocatable
    copy.allowedPods = this.allowedPods
    copy.#pods = new Map(this.#pods)
    copy.#affinity = new Map(this.#affinity)
    copy.#requiredAntiAffinity = new Map(this.#requiredAntiAffinity)
    copy.#ports = [...this.#ports]
    copy.requested = this.requested.clone()
    copy.nonZeroCPU = this.nonZeroCPU
    copy.nonZeroMemory = this.nonZeroMemory
    return copy
  }

  #count(info: PodInfo, sign: 1 | -1): void {
    this.requested.add(info.requests, sign)
    this.nonZeroCPU += sign * info.nonZeroCPU
    this.nonZeroMemory += sign * info.nonZeroMemory
  }
}

/** Whether the terms say which nodes are better, and not just which are out of the question. */
function attracts({
  requiredAffinity,
  preferredAffinity,
  preferredAntiAffinity,
}: AffinityTerms): boolean {
  return requiredAffinity.length + preferredAffinity.length + preferredAntiAffinity.length > 0
}

const NO_LABELS: Readonly<Record<string, string>> = {}

let generations = 0

// One count for all nodes, so that a number never comes back with another meaning.
function nextGeneration(): number {
  generations += 1
  return generations
}
