import type { Type } from '../check/type.ts'
import type { Environment } from '../environment.ts'
import { declareStruct } from '../schema/declare.ts'
import { DYN, scalar, type DeclaredType } from '../schema/declared-type.ts'
import {
  admissionEnvironment,
  compileConditions,
  compileExpression,
  type CompiledExpression,
  type Condition,
  type ExpressionScope,
} from './expressions.ts'

interface PolicySpec {
  readonly paramKind?: object
  readonly variables?: readonly { readonly name: string; readonly expression: string }[]
  readonly matchConditions?: readonly Condition[]
}

/** The parts that all policies have, compiled, and how to compile the rest. */
export interface PolicyBase {
  readonly variables: ReadonlyMap<string, CompiledExpression>
  readonly conditions: readonly CompiledExpression[]
  compile(source: string, resultTypes: readonly Type[]): CompiledExpression
  /** The same without the authorizer, as messages are written. */
  compileMessage(source: string, resultTypes: readonly Type[]): CompiledExpression
}

/** The type of the variable `variables`. */
export const VARIABLES_TYPE = 'kubernetes.variables'

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
      variables: declareStruct(VARIABLES_TYPE, fields),
      ...more,
    })
  const compiled = new Map<string, CompiledExpression>()
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
