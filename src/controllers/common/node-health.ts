import type { Node } from '../../api/core/v1/node.ts'

type NodeCondition = NonNullable<Node['status']['conditions']>[number]

const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service'

/** What a node says of itself as a whole. */
export function readyCondition({ status }: Node): NodeCondition | undefined {
  return status.conditions?.find(({ type }) => type === 'Ready')
}

export function isNodeReady(node: Node): boolean {
  return readyCondition(node)?.status === 'True'
}

/** Whether a person has said that the node is down for good (KEP-2268). */
export function isOutOfService({ spec }: Node): boolean {
  return spec.taints?.some(({ key }) => key === OUT_OF_SERVICE) ?? false
}
