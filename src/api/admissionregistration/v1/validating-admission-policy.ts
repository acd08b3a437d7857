import { int64, listOf, ref, string } from '../../../schema/field.ts'
import { Condition } from '../../meta/v1/common.ts'
import { MatchCondition, MatchResources, ParamKind, Variable } from './common.ts'
import { message, resource } from './group.ts'

export class AuditAnnotation extends message(
  'An annotation that a policy adds to the audit event of a request.',
  {
    key: string(
      1,
      'Last part of the annotation key; the policy name is put in front. Must be unique within the policy.',
    ).required(),
    valueExpression: string(
      2,
      'CEL expression yielding the value as a string. Null or an empty string adds no annotation.',
    ).required(),
  },
) {}

export class ExpressionWarning extends message(
  'A problem that type checking found in an expression.',
  {
    fieldRef: string(
      2,
      'Path of the field holding the expression, such as spec.validations[0].expression.',
    ).required(),
    warning: string(3, 'The problem found, naming the type it was checked against.').required(),
  },
) {}

export class TypeChecking extends message(
  'What type checking of the expressions of a policy found.',
  {
    expressionWarnings: listOf(
      ExpressionWarning,
      1,
      'The problems found, one per expression.',
    ).atomic(),
  },
) {}

export class Validation extends message('One CEL check of a ValidatingAdmissionPolicy.', {
  expression: string(
    1,
    'CEL expression that must yield true. It can use object, oldObject, request, params, namespaceObject, variables and authorizer.',
  ).required(),
  message: string(
    2,
    'Text shown when the check fails, on one line. Defaults to one quoting the expression.',
  ),
  reason: string(
    3,
    'Machine-readable reason for a failure, which sets the HTTP status code. Defaults to Invalid.',
  ).pointer(),
  messageExpression: string(
    4,
    'CEL expression yielding the failure text. Takes precedence over message, which is the fallback on errors.',
  ),
}) {}

export class ValidatingAdmissionPolicySpec extends message(
  'What a ValidatingAdmissionPolicy matches and checks.',
  {
    paramKind: ref(
      ParamKind,
      1,
      'Kind of the parameter objects. The policy takes no parameters when unset.',
    ),
    matchConstraints: ref(MatchResources, 2, 'Which requests the policy applies to. Required.'),
    validations: listOf(
      Validation,
      3,
      'Checks that must all pass. Needed unless auditAnnotations are given.',
    ).atomic(),
    failurePolicy: string(
      4,
      'Whether an error in the policy rejects the request (Fail) or is passed over (Ignore). Defaults to Fail.',
    )
      .oneOf('Ignore', 'Fail')
      .pointer(),
    auditAnnotations: listOf(
      AuditAnnotation,
      5,
      'Annotations to add to the audit event. Needed unless validations are given.',
    ).atomic(),
    matchConditions: listOf(
      MatchCondition,
      6,
      'CEL conditions a request must all meet to be checked. At most 64.',
    )
      .mapKeys('name')
      .patch('merge', 'name'),
    variables: listOf(
      Variable,
      7,
      'Named expressions that later expressions can use as variables.NAME. Evaluated only when needed.',
    )
      .mapKeys('name')
      .patch('merge', 'name'),
  },
) {}

export class ValidatingAdmissionPolicyStatus extends message(
  'The observed state of a ValidatingAdmissionPolicy.',
  {
    observedGeneration: int64(1, 'The generation of the spec that this status reflects.'),
    typeChecking: ref(
      TypeChecking,
      2,
      'Result of type checking the expressions. Set once checking is complete.',
    ),
    conditions: listOf(Condition, 3, 'The latest observed conditions of the policy.').mapKeys(
      'type',
    ),
  },
) {}

export class ValidatingAdmissionPolicy extends resource(
  'Accepts or rejects objects on admission, by CEL expressions run in the API server.',
  {
    plural: 'validatingadmissionpolicies',
    categories: ['api-extensions'],
    namespaced: false,
    subresources: ['status'],
  },
  {
    spec: ref(ValidatingAdmissionPolicySpec, 2, 'What to match and what to check.').written(),
    status: ref(
      ValidatingAdmissionPolicyStatus,
      3,
      'Warnings about the policy and whether it works. Read-only.',
    ).written(),
  },
) {}
