import type { Clock } from '../../../base/clock.ts'
import { formatFieldError } from '../../../schema/field-error.ts'
import type { CelRules } from '../kind/strategy.ts'
import type { SchemaRules } from '../kind/rules.ts'
import type { CelMetrics } from '../../metrics/cel-metrics.ts'
import { evaluateRules } from './evaluate-rules.ts'
import { hasRules, ruleTree, type RuleTree } from './rule-tree.ts'

/** The CEL rules of a schema, compiled when an object is first held against them. Undefined where there are none. */
export function celRules(
  { schema }: SchemaRules,
  measure?: { readonly metrics: CelMetrics; readonly clock: Clock },
): CelRules | undefined {
  if (!hasRules(schema)) return undefined
  let tree: { readonly root: RuleTree | undefined } | undefined
  const compiled = (): RuleTree | undefined => {
    using _ = measure?.metrics.compiling(measure.clock)
    return ruleTree(schema)
  }
  return {
    async validate(object, old, { pause, warn }) {
      tree ??= { root: compiled() }
      if (!tree.root) return []
      using _ = measure?.metrics.evaluating(measure.clock)
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
