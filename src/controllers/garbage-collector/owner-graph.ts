import type { OwnerReference } from '../../apimachinery/owner-references.ts'
import type { AnyObject } from '../../client/dynamic-class.ts'

export const ORPHAN_FINALIZER = 'orphan'
export const FOREGROUND_FINALIZER = 'foregroundDeletion'

/** An object as the graph knows it. */
export interface GraphNode {
  readonly uid: string
  readonly apiVersion: string
  readonly kind: string
  /** That of an object; of an owner that nobody has seen, that of what names it. */
  readonly namespace: string | undefined
  readonly name: string
  readonly owners: readonly OwnerReference[]
  readonly dependents: ReadonlySet<GraphNode>
  /** Only known because others name it as their owner. */
  readonly isVirtual: boolean
  /** Known to be gone for good: uids never come back. It stays as long as others name it. */
  readonly isAbsent: boolean
  readonly isBeingDeleted: boolean
  /** Waits until its dependents are deleted. */
  readonly isDeletingDependents: boolean
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type Node = Mutable<Omit<GraphNode, 'dependents'>> & { readonly dependents: Set<Node> }
type MutableStray = Stray & { readonly dependent: Node }

/** What a change means for others: nodes that may have to go, and nodes whose dependents are to be set free. */
export interface Consequences {
  readonly attempt: readonly GraphNode[]
  readonly orphan: readonly GraphNode[]
  /** Dependents that name an owner in another namespace than theirs, which is none. */
  readonly strays?: readonly Stray[]
}

export interface Stray {
  readonly dependent: GraphNode
  readonly owner: OwnerReference
}

/**
 * Who owns whom, for all objects of the cluster. Each object is a node under its uid, with its dependents:
 *
 *     Deployment web ──▶ { ReplicaSet web-1, ReplicaSet web-2 }
 *     ReplicaSet web-2 ──▶ { Pod web-2-x, Pod web-2-y }
 *
 * An owner that is named and has not been seen is a virtual node, until it is seen or found to be absent. An absent one
 * stays while others name it, so that each of them, however late it is seen, learns that its owner is gone.
 */
export class OwnerGraph {
  readonly #nodes = new Map<string, Node>()

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid)
  }

  get size(): number {
    return this.#nodes.size
  }

  /** An object was seen as it is now. */
  put(object: AnyObject): Consequences {
    const { uid, namespace, name, ownerReferences = [] } = object.metadata
    const attempt: Node[] = []
    const orphan: Node[] = []
    const known = this.#nodes.get(uid)
    const isSeenFirst = known === undefined || known.isVirtual || known.isAbsent
    const node = known ?? newNode(uid, object.apiVersion, object.kind, namespace, name)
    this.#nodes.set(uid, node)
    const { apiVersion, kind } = object
    Object.assign(node, { apiVersion, kind, namespace, name, isVirtual: false, isAbsent: false })

    const strays = isSeenFirst ? straysAmong(node.dependents, node) : []
    const linked = this.#link(node, ownerReferences)
    strays.push(...linked.strays)
    attempt.push(...linked.attempt, ...strays.map(({ dependent }) => dependent))
    if (object.metadata.deletionTimestamp === undefined) return { attempt, orphan, strays }
    node.isBeingDeleted = true
    const { finalizers = [] } = object.metadata
    // The server sets these when the deletion begins; each look leads to the same end.
    if (finalizers.includes(ORPHAN_FINALIZER)) orphan.push(node)
    if (finalizers.includes(FOREGROUND_FINALIZER) && !node.isDeletingDependents) {
      node.isDeletingDependents = true
      attempt.push(...node.dependents, node)
    }
    return { attempt, orphan, strays }
  }

  /** An object is gone, or was found to be absent. */
  remove(uid: string): Consequences {
    const node = this.#nodes.get(uid)
    if (!node) return { attempt: [], orphan: [] }
    const owners = node.owners.flatMap(({ uid: owner }) => this.#nodes.get(owner) ?? [])
    for (const owner of owners) this.#unlink(node, owner)
    Object.assign(node, { owners: [], isVirtual: false, isAbsent: true })
    if (node.dependents.size === 0) this.#nodes.delete(uid)
    return {
      attempt: [...node.dependents, ...owners.filter((owner) => owner.isDeletingDependents)],
      orphan: [],
    }
  }

  /** Sets a node's owners. Those are to be looked at that nobody has seen, and those that it does not hold up any more. */
  #link(
    node: Node,
    owners: readonly OwnerReference[],
  ): { readonly attempt: readonly Node[]; readonly strays: readonly MutableStray[] } {
    const before = new Map(node.owners.map((owner) => [owner.uid, owner]))
    const after = new Map(owners.map((owner) => [owner.uid, owner]))
    const attempt: Node[] = []
    const strays: MutableStray[] = []
    node.owners = owners
    for (const [uid, was] of before) {
      const owner = this.#nodes.get(uid)
      const is = after.get(uid)
      if (!owner) continue
      if (!is) this.#unlink(node, owner)
      if (was.blockOwnerDeletion && !is?.blockOwnerDeletion) attempt.push(owner)
    }
    for (const [uid, reference] of after) {
      if (before.has(uid)) continue
      let owner = this.#nodes.get(uid)
      if (!owner) {
        const { apiVersion, kind, name } = reference
        owner = { ...newNode(uid, apiVersion, kind, node.namespace, name), isVirtual: true }
        this.#nodes.set(uid, owner)
        attempt.push(owner)
      }
      owner.dependents.add(node)
      // A dependent that was seen late: its owner is known to be gone.
      if (owner.isAbsent) attempt.push(node)
      else if (!owner.isVirtual) strays.push(...straysAmong([node], owner))
    }
    return { attempt, strays }
  }

  #unlink(node: Node, owner: Node): void {
    owner.dependents.delete(node)
    // Nobody names it any more, so nobody needs to know what became of it.
    const isUnseen = owner.isVirtual || owner.isAbsent
    if (isUnseen && owner.dependents.size === 0) this.#nodes.delete(owner.uid)
  }
}

/** Those of an owner's dependents that live elsewhere than it, though it lives in a namespace. */
function straysAmong(dependents: Iterable<Node>, { uid, namespace }: Node): MutableStray[] {
  if (namespace === undefined) return []
  return [...dependents].flatMap((dependent) => {
    const owner = dependent.owners.find((each) => each.uid === uid)
    return owner && dependent.namespace !== namespace ? [{ dependent, owner }] : []
  })
}

function newNode(
  uid: string,
  apiVersion: string,
  kind: string,
  namespace: string | undefined,
  name: string,
): Node {
  return {
    uid,
    apiVersion,
    kind,
    namespace,
    name,
    owners: [],
    dependents: new Set(),
    isVirtual: false,
    isAbsent: false,
    isBeingDeleted: false,
    isDeletingDependents: false,
  }
}

/** The dependents that a foreground deletion waits for. */
export function blockingDependents({ uid, dependents }: GraphNode): readonly GraphNode[] {
  return [...dependents].filter(({ owners }) =>
    owners.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true),
  )
}
