import { compileCel, type Program } from '../compile.ts'
import { celEnvironment, type Environment } from '../environment.ts'
import * as types from '../check/type.ts'
import type { Type } from '../check/type.ts'
import { ADMISSION_REQUEST, NAMESPACE } from '../schema/admission-types.ts'
import { AUTHORIZER_TYPE, RESOURCE_CHECK_TYPE } from '../schema/declare.ts'
import { DYN, type DeclaredType } from '../schema/declared-type.ts'
import { mutationStructs } from '../schema/mutation.ts'

export interface ExpressionScope {
  readonly params?: boolean
  readonly authorizer?: boolean
  readonly variables?: DeclaredType
  /** The types of `object` and `oldObject`, where they are known. */
  readonly object?: DeclaredType
  readonly paramsType?: DeclaredType
  readonly mutates?: boolean
}

/** What expressions of webhooks and policies may use. */
export function admissionEnvironment({
  params = false,
  authorizer = true,
  variables,
  object = DYN,
  paramsType = DYN,
  mutates = false,
}: ExpressionScope): Environment {
  return celEnvironment({
    variables: {
      object,
      oldObject: object,
      request: ADMISSION_REQUEST,
      namespaceObject: NAMESPACE,
      ...(params && { params: paramsType }),
      ...(authorizer && {
        authorizer: AUTHORIZER_TYPE,
        'authorizer.requestResource': RESOURCE_CHECK_TYPE,
      }),
      ...(variables && { variables }),
    },
    ...(mutates && { structs: mutationStructs }),
  })
}

/** A program, or why there is none. */
export type CompiledExpression = Program | { readonly problem: string; readonly source: string }

export function compileExpression(
  source: string,
  environment: Environment,
  resultTypes: readonly Type[],
): CompiledExpression {
  const compiled = compileCel(source.trim(), environment, { resultTypes })
  if (compiled.ok) return compiled.program
  const { stage, message } = compiled
  const isOfText = stage === 'parse' || stage === 'check'
  return { source, problem: isOfText ? `compilation failed: ${message}` : message }
}

export interface Condition {
  readonly name: string
  readonly expression: string
}

export function compileConditions(
  conditions: readonly Condition[] = [],
  environment: Environment,
): readonly CompiledExpression[] {
  return conditions.map(({ expression }) =>
    compileExpression(expression, environment, [types.BOOL]),
  )
}
