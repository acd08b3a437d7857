import { formatFieldError } from '../../../schema/field-error.ts'
import type { CelRules } from '../kind/strategy.ts'
import type { SchemaRules } from '../kind/rules.ts'
import { evaluateRules } from './evaluate-rules.ts'
import { hasRules, ruleTree, type RuleTree } from './rule-tree.ts'

/** The CEL rules of a schema, compiled when an object is first held against them. Undefined where there are none. */
export function celRules({ schema }: SchemaRules): CelRules | undefined {
  if (!hasRules(schema)) return undefined
  let tree: { readonly root: RuleTree | undefined } | undefined
  return {
    async validate(object, old, { pause, warn }) {
      tree ??= { root: ruleTree(schema) }
      if (!tree.root) return []
      const evaluation = evaluateRules(tree.root, object, old)
      let step = evaluation.next()
      while (!step.done) {
        await pause?.()
        step = evaluation.next()
      }
      for (const warning of step.value.warnings) warn(formatFieldError(warning))
      return step.value.errors
    },
  }
}
