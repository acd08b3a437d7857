import { listOf, ref, string } from '../../../schema/field.ts'
import { MatchResources, ParamRef } from './common.ts'
import { message, resource } from './group.ts'

export class ValidatingAdmissionPolicyBindingSpec extends message(
  'How a ValidatingAdmissionPolicy is put into effect.',
  {
    policyName: string(
      1,
      'Name of the policy. The binding has no effect while the policy does not exist.',
    ).requiredDropped(),
    paramRef: ref(
      ParamRef,
      2,
      'Objects that parameterize the policy. The policy must then set paramKind.',
    ),
    matchResources: ref(
      MatchResources,
      3,
      'Narrows the requests that the policy matches. No narrowing when unset.',
    ),
    validationActions: listOf(
      'string',
      4,
      'What a failed check does: Deny, Warn, Audit or several. Deny and Warn exclude each other.',
    )
      .oneOf('Deny', 'Warn', 'Audit')
      .requiredDropped()
      .set(),
  },
) {}

export class ValidatingAdmissionPolicyBinding extends resource(
  'Puts a ValidatingAdmissionPolicy into effect, optionally with parameters.',
  {
    plural: 'validatingadmissionpolicybindings',
    categories: ['api-extensions'],
    namespaced: false,
  },
  {
    spec: ref(
      ValidatingAdmissionPolicyBindingSpec,
      2,
      'The policy, its parameters, where it applies and what a failure does.',
    ).required(),
  },
) {}
