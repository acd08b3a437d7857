import { ref, string } from '../../../schema/field.ts'
import { MatchResources, ParamRef } from './common.ts'
import { message, resource } from './group.ts'

export class MutatingAdmissionPolicyBindingSpec extends message(
  'How a MutatingAdmissionPolicy is put into effect.',
  {
    policyName: string(
      1,
      'Name of the policy. The binding has no effect while the policy does not exist. Required.',
    ),
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
  },
) {}

export class MutatingAdmissionPolicyBinding extends resource(
  'Puts a MutatingAdmissionPolicy into effect, optionally with parameters.',
  { plural: 'mutatingadmissionpolicybindings', categories: ['api-extensions'], namespaced: false },
  {
    spec: ref(
      MutatingAdmissionPolicyBindingSpec,
      2,
      'The policy, its parameters and where it applies.',
    ).written(),
  },
) {}
