import {
  MutatingAdmissionPolicy,
  MutatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
  ValidatingWebhookConfiguration,
} from '../../api/admissionregistration/v1/index.ts'
import type { Strategy } from '../../api/strategy.ts'
import { equal } from '../../apimachinery/equality.ts'
import { invalid, type FieldError } from '../../schema/field-error.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import type { ApiObject } from '../registry/api-object.ts'
import {
  admissionEnvironment,
  compileConditions,
  type CompiledExpression,
  type Condition,
} from '../../cel/admission/expressions.ts'
import { compileMutating } from './policy/mutation.ts'
import { compileValidating } from '../../cel/admission/compile-validating-policy.ts'

type Validate = (object: never) => FieldError[]

/** What is wrong with the expressions of an object, where they stand. */
const VALIDATORS: ReadonlyMap<ResourceClass, Validate> = new Map<ResourceClass, Validate>([
  [ValidatingWebhookConfiguration, webhookErrors],
  [MutatingWebhookConfiguration, webhookErrors],
  [ValidatingAdmissionPolicy, validatingErrors],
  [MutatingAdmissionPolicy, mutatingErrors],
])

/**
 * The rules of a kind that configures admission, with its expressions compiled; those of others as they are. What is
 * stored already has passed, and is not held to what has become stricter since.
 */
export function withExpressions(
  type: ResourceClass<ApiObject>,
  strategy: Strategy<ApiObject>,
): Strategy<ApiObject> {
  const validate = VALIDATORS.get(type) as ((object: ApiObject) => FieldError[]) | undefined
  if (!validate) return strategy
  const unlessWrong = (errors: FieldError[], object: ApiObject): FieldError[] =>
    errors.length > 0 ? errors : validate(object)
  return {
    ...strategy,
    validateCreate: (object) => unlessWrong(strategy.validateCreate(object), object),
    validateUpdate(object, old) {
      const errors = strategy.validateUpdate(object, old)
      const isSame =
        equal(object['spec'], old['spec']) && equal(object['webhooks'], old['webhooks'])
      return isSame ? errors : unlessWrong(errors, object)
    },
  }
}

interface Webhooks {
  readonly webhooks?: readonly { readonly matchConditions?: readonly Condition[] }[]
}

const OF_WEBHOOKS = admissionEnvironment({})

function webhookErrors({ webhooks = [] }: Webhooks): FieldError[] {
  return webhooks.flatMap(({ matchConditions }, i) =>
    conditionErrors(
      compileConditions(matchConditions, OF_WEBHOOKS),
      `webhooks[${i}].matchConditions`,
    ),
  )
}

function validatingErrors(policy: ValidatingAdmissionPolicy): FieldError[] {
  const { base, validations, annotations } = compileValidating(policy)
  return [
    ...baseErrors(base),
    ...validations.flatMap(({ program, message }, i) => [
      ...errorOf(program, `spec.validations[${i}].expression`),
      ...(message ? errorOf(message, `spec.validations[${i}].messageExpression`) : []),
    ]),
    ...annotations.flatMap(({ program }, i) =>
      errorOf(program, `spec.auditAnnotations[${i}].valueExpression`),
    ),
  ]
}

function mutatingErrors(policy: MutatingAdmissionPolicy): FieldError[] {
  const { base, mutations } = compileMutating(policy)
  return [
    ...baseErrors(base),
    ...mutations.flatMap(({ type, program }, i) => {
      const field = type === 'JSONPatch' ? 'jsonPatch' : 'applyConfiguration'
      return errorOf(program, `spec.mutations[${i}].${field}.expression`)
    }),
  ]
}

function baseErrors({
  variables,
  conditions,
}: {
  readonly variables: ReadonlyMap<string, CompiledExpression>
  readonly conditions: readonly CompiledExpression[]
}): FieldError[] {
  return [
    ...[...variables.values()].flatMap((program, i) =>
      errorOf(program, `spec.variables[${i}].expression`),
    ),
    ...conditionErrors(conditions, 'spec.matchConditions'),
  ]
}

function conditionErrors(conditions: readonly CompiledExpression[], path: string): FieldError[] {
  return conditions.flatMap((program, i) => errorOf(program, `${path}[${i}].expression`))
}

function errorOf(program: CompiledExpression, path: string): FieldError[] {
  return 'problem' in program ? [invalid(path, program.source, program.problem)] : []
}
