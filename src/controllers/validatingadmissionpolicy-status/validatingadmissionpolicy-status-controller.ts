import { ValidatingAdmissionPolicy } from '../../api/admissionregistration/v1/index.ts'
import { CustomResourceDefinition } from '../../api/apiextensions/v1/custom-resource-definition.ts'
import { equal } from '../../apimachinery/equality.ts'
import { controller, watch, type Controller } from '../../controller-runtime/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { checkTypes, groupsOf } from './check-types.ts'
import { builtInKinds, customKinds, kindFacts } from './checked-kinds.ts'

interface Options {
  /** The types that the API server has. */
  readonly builtIn: readonly ResourceClass[]
}

/**
 * Tells in the status of each ValidatingAdmissionPolicy which of its expressions do not fit the kinds that it matches.
 * Definitions of custom resources may come and change after the policy: its status follows them.
 */
export function validatingAdmissionPolicyStatusController({ builtIn }: Options): Controller {
  const known = builtInKinds(builtIn)
  const hasDefinitions = builtIn.some((type) => type === CustomResourceDefinition)
  const groups = new Set(builtIn.map(({ resource }) => resource.group))
  const definitions = watch(
    CustomResourceDefinition,
    ({ spec }, cache) =>
      cache
        .list(ValidatingAdmissionPolicy)
        .filter((policy) => groupsOf(policy).has(spec.group))
        .map(({ metadata }) => metadata),
    (after, before) => !equal(kindFacts(after), kindFacts(before)),
  )
  return controller('validatingadmissionpolicy-status-controller', {
    queueName: 'validating_admission_policy_status',
    for: ValidatingAdmissionPolicy,
    watches: hasDefinitions ? [definitions] : [],

    async reconcile(policy, { cache, client }) {
      // Built-in types do not change, and compiling is dear.
      if (isChecked(policy) && groupsOf(policy).isSubsetOf(groups)) return
      const custom = hasDefinitions ? cache.list(CustomResourceDefinition).flatMap(customKinds) : []
      const expressionWarnings = checkTypes(policy, [...known, ...custom])
      const typeChecking = expressionWarnings.length > 0 ? { expressionWarnings } : {}
      const { generation: observedGeneration = 0 } = policy.metadata
      const status = { ...policy.status, observedGeneration, typeChecking }
      if (equal(status, policy.status)) return
      await client.updateStatus(ValidatingAdmissionPolicy, { ...policy, status })
    },
  })
}

function isChecked({ metadata, status }: ValidatingAdmissionPolicy): boolean {
  return status?.typeChecking !== undefined && status.observedGeneration === metadata.generation
}
