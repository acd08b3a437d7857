import type { Requirement, Selector } from '../../../apimachinery/labels.ts'
import { NodeAnswers } from '../../cache/node-answers.ts'
import type { NodeInfo } from '../../cache/node-info.ts'

/**
 * The labels of the Pods on each node, kept until these change: of most nodes, that is enough to know that a selector finds
 * none there.
 */
export class PodLabels {
  /** What Pods on a node have for a label, by its name. */
  readonly #known = new NodeAnswers<Map<string, ReadonlySet<string>>>()

  /** Whether Pods on a node may be selected; false where none is. */
  maySelect({ requirements }: Selector, node: NodeInfo): boolean {
    const exact = requirements.find(isExact)
    return !exact || this.#valuesOn(node, exact.key).has(exact.values[0]!)
  }

  #valuesOn(node: NodeInfo, key: string): ReadonlySet<string> {
    const known = this.#known.of(node, () => new Map())
    return known.getOrInsertComputed(key, () => valuesOn(node, key))
  }
}

function valuesOn(node: NodeInfo, key: string): ReadonlySet<string> {
  const values = new Set<string>()
  for (const { pod } of node.pods()) {
    const value = pod.metadata.labels?.[key]
    if (value !== undefined) values.add(value)
  }
  return values
}

function isExact({ operator, values }: Requirement): boolean {
  return values.length === 1 && (operator === '=' || operator === '==' || operator === 'in')
}
