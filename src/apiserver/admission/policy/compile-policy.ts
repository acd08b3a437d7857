import type { Environment } from '../../../cel/index.ts'
import {
  CelError,
  DYN,
  declareStruct,
  lazyStruct,
  RUNTIME_BUDGET,
  scalar,
  type DeclaredType,
  type Type,
  type Variables,
} from '../../../cel/index.ts'
import {
  admissionEnvironment,
  Budget,
  compileConditions,
  compileExpression,
  type Compiled,
  type Condition,
  type ExpressionScope,
} from '../matching/expressions.ts'

interface PolicySpec {
  readonly paramKind?: object
  readonly variables?: readonly { readonly name: string; readonly expression: string }[]
  readonly matchConditions?: readonly Condition[]
}

/** The parts that all policies have, compiled, and how to compile the rest. */
export interface PolicyBase {
  readonly variables: ReadonlyMap<string, Compiled>
  readonly conditions: readonly Compiled[]
  compile(source: string, resultTypes: readonly Type[]): Compiled
  /** The same without the authorizer, as messages are written. */
  compileMessage(source: string, resultTypes: readonly Type[]): Compiled
}

const VARIABLES = 'kubernetes.variables'

/** Compiles variables, each of which may use those before it, and conditions, which may use none. */
export function compilePolicy(
  { paramKind, variables = [], matchConditions }: PolicySpec,
  scope: ExpressionScope = {},
): PolicyBase {
  const params = paramKind !== undefined
  const environment = (fields: Readonly<Record<string, DeclaredType>>, more = {}): Environment =>
    admissionEnvironment({
      ...scope,
      params,
      variables: declareStruct(VARIABLES, fields),
      ...more,
    })
  const compiled = new Map<string, Compiled>()
  const fields: Record<string, DeclaredType> = {}
  for (const { name, expression } of variables) {
    const program = compileExpression(expression, environment(fields), [DYN.type])
    compiled.set(name, program)
    fields[name] = 'problem' in program ? DYN : scalar(program.type)
  }
  const all = environment(fields)
  const forMessages = environment(fields, { authorizer: false })
  return {
    variables: compiled,
    conditions: compileConditions(matchConditions, admissionEnvironment({ ...scope, params })),
    compile: (source, types) => compileExpression(source, all, types),
    compileMessage: (source, types) => compileExpression(source, forMessages, types),
  }
}

/** What the expressions of a policy see in one request, and what they may still cost. */
export interface Activation {
  readonly variables: Variables
  readonly budget: Budget
}

/** Variables are computed when one is first read, and once for each request. */
export function activate(
  { variables }: PolicyBase,
  given: Variables,
  budget = new Budget(RUNTIME_BUDGET),
): Activation {
  const all: Variables = {
    ...given,
    variables: lazyStruct(VARIABLES, [...variables.keys()], (name) => {
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
