import type { CelRules } from '../kind/strategy.ts'
import type { SchemaRules } from '../kind/rules.ts'
import { evaluateRules } from './evaluate-rules.ts'
import { hasRules, ruleTree, type RuleTree } from './rule-tree.ts'

/** The CEL rules of a schema, compiled when an object is first held against them. Undefined where there are none. */
export function celRules({ schema }: SchemaRules): CelRules | undefined {
  if (!hasRules(schema)) return undefined
  let tree: { readonly root: RuleTree | undefined } | undefined
  return {
    validate(object, old) {
      tree ??= { root: ruleTree(schema) }
      return tree.root ? evaluateRules(tree.root, object, old) : []
    },
  }
}
