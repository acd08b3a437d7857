import type { Requirement, Selector } from '../../../apimachinery/labels.ts'
import type { NodeInfo } from '../../cache/node-info.ts'

/**
 * The labels of the Pods on each node, kept until these change: of most nodes, that is enough to know that a selector finds
 * none there.
 */
export class PodLabels {
  readonly #known = new WeakMap<NodeInfo, { generation: number; labels: ReadonlySet<string> }>()

  /** Whether Pods of a namespace on a node may be selected; false where none is. */
  maySelect({ requirements }: Selector, namespace: string, node: NodeInfo): boolean {
    const exact = requirements.find(isExact)
    return !exact || this.#of(node).has(textOf(namespace, exact.key, exact.values[0]!))
  }

  #of(node: NodeInfo): ReadonlySet<string> {
    const { generation } = node
    const known = this.#known.get(node)
    if (known?.generation === generation) return known.labels
    const labels = new Set<string>()
    for (const { pod } of node.pods()) {
      const { namespace, labels: own = {} } = pod.metadata
      for (const key of Object.keys(own)) labels.add(textOf(namespace, key, own[key]!))
    }
    this.#known.set(node, { generation, labels })
    return labels
  }
}

function isExact({ operator, values }: Requirement): boolean {
  return values.length === 1 && (operator === '=' || operator === '==' || operator === 'in')
}

function textOf(namespace: string, key: string, value: string): string {
  return `${namespace}/${key}=${value}`
}
