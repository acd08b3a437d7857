import type { Node } from '../../api/core/v1/node.ts'

export type NodeCondition = NonNullable<Node['status']['conditions']>[number]

/** When signs of life of each node were last seen, by this controller's own clock: clocks of nodes are not trusted. */
export class Heartbeats {
  readonly #beats = new Map<string, { readonly sign: string; readonly atMs: number }>()

  /** A node's lease or status says `sign`; only where that is new, the node is alive. */
  observe(node: string, sign: string, nowMs: number): void {
    const before = this.#beats.get(node)
    if (before?.sign !== sign) this.#beats.set(node, { sign, atMs: nowMs })
  }

  /** When the node last showed that it is alive; undefined where it never did. */
  lastMs(node: string): number | undefined {
    return this.#beats.get(node)?.atMs
  }

  forget(node: string): void {
    this.#beats.delete(node)
  }
}

/** The conditions that a node itself reports, and that nobody knows any more when it is silent. */
const REPORTED = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']

/** The conditions of a node that has been silent for too long. The same list where that is told already. */
export function silentConditions(
  { metadata, status }: Node,
  now: string,
): readonly NodeCondition[] {
  const conditions = status.conditions ?? []
  const missing = REPORTED.filter((type) => !conditions.some((each) => each.type === type))
  const isTold = conditions.every(
    ({ type, status: holds }) => !REPORTED.includes(type) || holds === 'Unknown',
  )
  if (missing.length === 0 && isTold) return conditions
  return [
    ...conditions.map((each) =>
      REPORTED.includes(each.type) && each.status !== 'Unknown'
        ? {
            ...each,
            status: 'Unknown',
            reason: 'NodeStatusUnknown',
            message: 'Kubelet stopped posting node status.',
            lastTransitionTime: now,
          }
        : each,
    ),
    ...missing.map((type) => ({
      type,
      status: 'Unknown',
      reason: 'NodeStatusNeverUpdated',
      message: 'Kubelet never posted node status.',
      lastHeartbeatTime: metadata.creationTimestamp,
      lastTransitionTime: now,
    })),
  ]
}
