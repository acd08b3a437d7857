import type { PodSpec } from './pod-spec.ts'
import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from './selector.ts'

/** What of a node selectors look at. */
export interface SelectableNode {
  readonly metadata: {
    readonly name: string
    readonly labels?: Readonly<Record<string, string>>
  }
}

/**
 * Whether a node is one that a Pod may run on by its nodeSelector and its required node affinity.
 * See https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
 */
export function matchesNodeAffinity(
  { nodeSelector, affinity }: Pick<PodSpec, 'nodeSelector' | 'affinity'>,
  node: SelectableNode,
): boolean {
  const labels = node.metadata.labels ?? {}
  for (const key in nodeSelector) if (labels[key] !== nodeSelector[key]) return false
  const needed = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return needed === undefined || matchesNodeSelector(needed, node)
}

/** Whether one of the terms matches; none match nothing. */
export function matchesNodeSelector(
  { nodeSelectorTerms }: NodeSelector,
  node: SelectableNode,
): boolean {
  return nodeSelectorTerms.some((term) => matchesNodeSelectorTerm(term, node))
}

/** Whether all requirements of a term hold; an empty term matches nothing. */
export function matchesNodeSelectorTerm(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  { metadata: { name, labels = {} } }: SelectableNode,
): boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false
  return (
    matchExpressions.every((each) =>
      meets(each, Object.hasOwn(labels, each.key) ? labels[each.key] : undefined),
    ) && matchFields.every((each) => each.key === 'metadata.name' && meets(each, name))
  )
}

function meets(
  { operator, values = [] }: NodeSelectorRequirement,
  value: string | undefined,
): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
    case 'Lt':
      return compares(value, operator, values)
    default:
      // A value that decoding let through, but validation never did.
      operator satisfies never
      return false
  }
}

const INTEGER = /^-?\d+$/

function compares(
  value: string | undefined,
  operator: 'Gt' | 'Lt',
  [limit = '']: readonly string[],
): boolean {
  if (value === undefined || !INTEGER.test(value) || !INTEGER.test(limit)) return false
  return operator === 'Gt' ? BigInt(value) > BigInt(limit) : BigInt(value) < BigInt(limit)
}
