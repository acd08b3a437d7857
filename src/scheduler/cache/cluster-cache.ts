import type { Node } from '../../api/core/v1/node.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { NodeLister } from '../framework/plugin.ts'
import { ChangeLog } from './change-log.ts'
import { NodeInfo } from './node-info.ts'
import { interleaveZones } from './node-order.ts'
import { podInfo, withPod, type PodInfo } from './pod-info.ts'

interface Placed {
  readonly info: PodInfo
  readonly nodeName: string
  /** Decided here, and not yet seen from the API server. */
  readonly assumed: boolean
}

/**
 * The nodes and the Pods on them, as the API server tells of them and as the scheduler itself has just decided: a Pod is
 * assumed to be on its node from the decision on, so that the next decision knows.
 */
export class ClusterCache implements NodeLister {
  readonly #nodes = new Map<string, NodeInfo>()
  readonly #pods = new Map<string, Placed>()
  /** Pods whose node is not known, by the node's name: it may not have come yet, or be gone before them. */
  readonly #orphans = new Map<string, Map<string, PodInfo>>()
  #order: readonly NodeInfo[] | undefined
  readonly changes = new ChangeLog()
  #slots = 0
  readonly #freeSlots: number[] = []
  /** Nodes with Pods that have terms, so that nobody looks at all nodes to find them. */
  readonly #affinity = new Set<NodeInfo>()
  readonly #requiredAntiAffinity = new Set<NodeInfo>()
  readonly #softTaints = new Set<NodeInfo>()
  readonly #images = new Set<NodeInfo>()

  list(): readonly NodeInfo[] {
    return (this.#order ??= interleaveZones([...this.#nodes.values()]))
  }

  get(name: string): NodeInfo | undefined {
    return this.#nodes.get(name)
  }

  withAffinity(): readonly NodeInfo[] {
    return [...this.#affinity]
  }

  withRequiredAntiAffinity(): readonly NodeInfo[] {
    return [...this.#requiredAntiAffinity]
  }

  get hasSoftTaints(): boolean {
    return this.#softTaints.size > 0
  }

  get hasImages(): boolean {
    return this.#images.size > 0
  }

  get podCount(): number {
    return this.#pods.size
  }

  get nodeCount(): number {
    return this.#nodes.size
  }

  /** How many of the Pods are only assumed to have their nodes. */
  countAssumed(): number {
    return this.#pods.values().reduce((count, { assumed }) => count + (assumed ? 1 : 0), 0)
  }

  /** Whether a Pod has a node, be it assumed. */
  has(uid: string): boolean {
    return this.#pods.has(uid)
  }

  isAssumed(uid: string): boolean {
    return this.#pods.get(uid)?.assumed === true
  }

  setNode(node: Node): void {
    const { name } = node.metadata
    const known = this.#nodes.get(name)
    if (known) {
      if (zoneChanged(known.node, node)) this.#order = undefined
      known.setNode(node)
      this.#indexNode(known)
      this.changes.note(known)
      return
    }
    const added = new NodeInfo(node, this.#freeSlots.pop() ?? this.#slots++)
    added.setNode(node)
    this.#nodes.set(name, added)
    for (const info of this.#orphans.get(name)?.values() ?? []) added.addPod(info)
    this.#orphans.delete(name)
    this.#order = undefined
    this.#indexNode(added)
    this.#index(added)
  }

  removeNode(name: string): void {
    const node = this.#nodes.get(name)
    if (!node) return
    this.#nodes.delete(name)
    this.#freeSlots.push(node.slot)
    for (const nodes of [
      this.#affinity,
      this.#requiredAntiAffinity,
      this.#softTaints,
      this.#images,
    ])
      nodes.delete(node)
    this.#order = undefined
    const left = new Map([...node.pods()].map((info) => [info.uid, info]))
    if (left.size > 0) this.#orphans.set(name, left)
  }

  /** Takes in a Pod with a node, as the API server has it; what was assumed of it is then known. */
  setPod(pod: Pod): void {
    const { uid, generation } = pod.metadata
    const nodeName = pod.spec.nodeName!
    const known = this.#pods.get(uid)
    if (known && known.nodeName === nodeName && isSame(known.info.pod, pod, generation)) {
      // Only the status moved on: the sums hold.
      const info = withPod(known.info, pod)
      this.#pods.set(uid, { info, nodeName, assumed: false })
      this.#nodes.get(nodeName)?.replacePod(info)
      // Who has run for how long decides who is pushed out.
      if (known.info.pod.status.startTime !== pod.status.startTime) this.touch(nodeName)
      return
    }
    this.#place({ info: podInfo(pod), nodeName, assumed: false })
  }

  /** Something that is not in the cache has changed for a node, such as for whom it is kept. */
  touch(nodeName: string): void {
    const node = this.#nodes.get(nodeName)
    node?.touch()
    if (node) this.changes.note(node)
  }

  assume(info: PodInfo, nodeName: string): void {
    this.#place({ info, nodeName, assumed: true })
  }

  /** Takes back an assumption; nothing where the Pod has been seen on its node. */
  forget(uid: string): void {
    if (this.isAssumed(uid)) this.removePod(uid)
  }

  removePod(uid: string): void {
    const placed = this.#pods.get(uid)
    if (!placed) return
    this.#pods.delete(uid)
    const node = this.#nodes.get(placed.nodeName)
    if (node) {
      node.removePod(uid)
      this.#index(node)
      return
    }
    const orphans = this.#orphans.get(placed.nodeName)
    orphans?.delete(uid)
    if (orphans?.size === 0) this.#orphans.delete(placed.nodeName)
  }

  #place(placed: Placed): void {
    const { info, nodeName } = placed
    this.removePod(info.uid)
    this.#pods.set(info.uid, placed)
    const node = this.#nodes.get(nodeName)
    if (node) {
      node.addPod(info)
      this.#index(node)
      return
    }
    const orphans = this.#orphans.get(nodeName)
    if (orphans) orphans.set(info.uid, info)
    else this.#orphans.set(nodeName, new Map([[info.uid, info]]))
  }

  /** After each change of a node itself. */
  #indexNode(info: NodeInfo): void {
    const { spec, status } = info.node
    const isSoft = spec.taints?.some(({ effect }) => effect === 'PreferNoSchedule') ?? false
    toggle(this.#softTaints, info, isSoft)
    toggle(this.#images, info, (status.images?.length ?? 0) > 0)
  }

  /** After each change of the Pods of a node. */
  #index(node: NodeInfo): void {
    this.changes.note(node)
    toggle(this.#affinity, node, node.podsWithAffinity().size > 0)
    toggle(this.#requiredAntiAffinity, node, node.podsWithRequiredAntiAffinity().size > 0)
  }
}

function toggle<T>(set: Set<T>, item: T, holds: boolean): void {
  if (holds) set.add(item)
  else set.delete(item)
}

// The generation counts changes of the spec; what a node holds for containers is in the status, and labels in neither.
function isSame(before: Pod, after: Pod, generation: number | undefined): boolean {
  return (
    generation !== undefined &&
    before.metadata.generation === generation &&
    holdsNothing(before) &&
    holdsNothing(after) &&
    sameLabels(before.metadata.labels, after.metadata.labels) &&
    (before.metadata.deletionTimestamp === undefined) ===
      (after.metadata.deletionTimestamp === undefined)
  )
}

function holdsNothing({ status }: Pod): boolean {
  return !status.containerStatuses?.some(({ allocatedResources }) => allocatedResources)
}

type Labels = Readonly<Record<string, string>> | undefined

function sameLabels(a: Labels = {}, b: Labels = {}): boolean {
  if (a === b) return true
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}

function zoneChanged(before: Node, after: Node): boolean {
  return ZONE_LABELS.some((key) => before.metadata.labels?.[key] !== after.metadata.labels?.[key])
}

const ZONE_LABELS = ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone']
