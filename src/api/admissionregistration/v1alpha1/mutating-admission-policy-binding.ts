import { ref, string } from '../../../schema/field.ts'
import { LabelSelector } from '../../meta/v1/selector.ts'
import { MatchResources } from './common.ts'
import { message, resource } from './group.ts'
import { MutatingAdmissionPolicyBinding as StoredMutatingAdmissionPolicyBinding } from '../v1/mutating-admission-policy-binding.ts'

export class ParamRef extends message(
  'Picks the parameter objects, by name or by labels.',
  {
    name: string(1, 'Name of the parameter object. Excludes selector.'),
    namespace: string(
      2,
      'Namespace of the parameter object. Defaults to that of the object being admitted; must be unset for cluster-scoped kinds.',
    ),
    selector: ref(
      LabelSelector,
      3,
      'Labels of the parameter objects; the policy is evaluated with each match. Excludes name.',
    ),
    parameterNotFoundAction: string(
      4,
      'Whether requests pass (Allow) or follow failurePolicy (Deny) when no parameter object is found. Required.',
    )
      .oneOf('Allow', 'Deny')
      .pointer(),
  },
  { atomic: true },
) {}

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
  {
    plural: 'mutatingadmissionpolicybindings',
    categories: ['api-extensions'],
    namespaced: false,
    storedAs: () => StoredMutatingAdmissionPolicyBinding,
  },
  {
    spec: ref(
      MutatingAdmissionPolicyBindingSpec,
      2,
      'The policy, its parameters and where it applies.',
    ).written(),
  },
) {}
