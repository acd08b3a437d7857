import { listOf, ref, string } from '../../../schema/field.ts'
import { MatchResources } from './common.ts'
import { message, resource } from './group.ts'
import { MutatingAdmissionPolicy as StoredMutatingAdmissionPolicy } from '../v1/mutating-admission-policy.ts'

export class ApplyConfiguration extends message(
  'Changes an object by merging an apply configuration into it.',
  {
    expression: string(
      1,
      'CEL expression yielding the apply configuration, written as Object{...}. Atomic lists, maps and structs cannot be changed.',
    ),
  },
) {}

export class JSONPatch extends message('Changes an object with JSON Patch operations.', {
  expression: string(
    1,
    'CEL expression yielding a list of JSONPatch operations. Keys can be escaped with jsonpatch.escapeKey.',
  ),
}) {}

export class MatchCondition extends message(
  'A CEL condition that a request must meet to be considered.',
  {
    name: string(
      1,
      'Name of the condition, unique in the list. Used in errors and logs.',
    ).required(),
    expression: string(
      2,
      'CEL expression yielding a bool, over object, oldObject, request and authorizer.',
    ).required(),
  },
) {}

export class Mutation extends message('One change that a MutatingAdmissionPolicy makes.', {
  patchType: string(2, 'Whether the change is an ApplyConfiguration or a JSONPatch.')
    .oneOf('ApplyConfiguration', 'JSONPatch')
    .required(),
  applyConfiguration: ref(
    ApplyConfiguration,
    3,
    'The apply configuration to merge in. Used with patchType ApplyConfiguration.',
  ),
  jsonPatch: ref(JSONPatch, 4, 'The JSON Patch to apply. Used with patchType JSONPatch.'),
}) {}

export class ParamKind extends message(
  'The kind of object that parameterizes a policy.',
  {
    apiVersion: string(1, 'API group and version of the kind, such as group/version. Required.'),
    kind: string(2, 'Kind of the objects that hold parameters. Required.'),
  },
  { atomic: true },
) {}

export class Variable extends message(
  'A named CEL expression that other expressions can use.',
  {
    name: string(
      1,
      'Name of the variable, a unique CEL identifier. Used as variables.NAME.',
    ).required(),
    expression: string(
      2,
      'CEL expression giving the value. It can use variables defined before it.',
    ).required(),
  },
  { atomic: true },
) {}

export class MutatingAdmissionPolicySpec extends message(
  'What a MutatingAdmissionPolicy matches and changes.',
  {
    paramKind: ref(
      ParamKind,
      1,
      'Kind of the parameter objects. The policy takes no parameters when unset.',
    ),
    matchConstraints: ref(MatchResources, 2, 'Which requests the policy applies to. Required.'),
    variables: listOf(
      Variable,
      3,
      'Named expressions that later expressions can use as variables.NAME. Evaluated only when needed.',
    ).atomic(),
    mutations: listOf(
      Mutation,
      4,
      'The changes to make, in order. At least one is required.',
    ).atomic(),
    failurePolicy: string(
      5,
      'Whether an error in the policy rejects the request (Fail) or is passed over (Ignore). Defaults to Fail.',
    ).pointer(),
    matchConditions: listOf(
      MatchCondition,
      6,
      'CEL conditions a request must all meet. At most 64.',
    )
      .mapKeys('name')
      .patch('merge', 'name'),
    reinvocationPolicy: string(
      7,
      'Whether the policy may run again after later changes: Never or IfNeeded. Required.',
    ).oneOf('Never', 'IfNeeded'),
  },
) {}

export class MutatingAdmissionPolicy extends resource(
  'Changes objects on admission, by CEL expressions run in the API server.',
  {
    plural: 'mutatingadmissionpolicies',
    categories: ['api-extensions'],
    namespaced: false,
    storedAs: () => StoredMutatingAdmissionPolicy,
  },
  {
    spec: ref(MutatingAdmissionPolicySpec, 2, 'What to match and how to change it.').written(),
  },
) {}
