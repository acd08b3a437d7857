import type { ValidatingAdmissionPolicy } from '../../api/admissionregistration/v1/index.ts'
import * as types from '../check/type.ts'
import { compilePolicy, type PolicyBase } from './compile-policy.ts'
import type { CompiledExpression, ExpressionScope } from './expressions.ts'

const { BOOL, STRING, NULL } = types

type Spec = ValidatingAdmissionPolicy['spec']
type Validation = NonNullable<Spec['validations']>[number]

export interface CompiledValidation {
  readonly validation: Validation
  readonly program: CompiledExpression
  readonly message: CompiledExpression | undefined
}

/** A validating policy, compiled. */
export interface CompiledValidatingPolicy {
  readonly policy: ValidatingAdmissionPolicy
  readonly base: PolicyBase
  readonly validations: readonly CompiledValidation[]
  readonly annotations: readonly { readonly key: string; readonly program: CompiledExpression }[]
}

export function compileValidating(
  policy: ValidatingAdmissionPolicy,
  scope?: ExpressionScope,
): CompiledValidatingPolicy {
  const { validations = [], auditAnnotations = [] } = policy.spec
  const base = compilePolicy(policy.spec, scope)
  return {
    policy,
    base,
    validations: validations.map((validation) => ({
      validation,
      program: base.compile(validation.expression, [BOOL]),
      message: validation.messageExpression
        ? base.compileMessage(validation.messageExpression, [STRING])
        : undefined,
    })),
    annotations: auditAnnotations.map(({ key, valueExpression }) => ({
      key,
      program: base.compile(valueExpression, [STRING, NULL]),
    })),
  }
}
