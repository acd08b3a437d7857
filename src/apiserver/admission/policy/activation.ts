import { VARIABLES_TYPE, type PolicyBase } from '../../../cel/admission/compile-policy.ts'
import { CelError, lazyStruct, type Variables } from '../../../cel/index.ts'
import type { Budget } from '../matching/expressions.ts'

/** What the expressions of a policy see in one request, and what they may still cost. */
export interface Activation {
  readonly variables: Variables
  readonly budget: Budget
}

/** Variables are computed when one is first read, and once for each request. */
export function activate({ variables }: PolicyBase, given: Variables, budget: Budget): Activation {
  const all: Variables = {
    ...given,
    variables: lazyStruct(VARIABLES_TYPE, [...variables.keys()], (name) => {
      const program = variables.get(name)!
      if ('problem' in program)
        return new CelError(`composited variable "${name}" fails to compile: ${program.problem}`)
      const result = program.evaluate(all)
      budget.spend(result.cost)
      if (result.ok) return result.value
      return new CelError(`composited variable "${name}" fails to evaluate: ${result.error}`)
    }),
  }
  return { variables: all, budget }
}
