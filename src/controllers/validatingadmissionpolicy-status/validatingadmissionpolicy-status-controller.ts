import { ValidatingAdmissionPolicy } from '../../api/admissionregistration/v1/index.ts'
import { controller, type Controller } from '../../controller-runtime/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { checkTypes } from './check-types.ts'

interface Options {
  /** The types that the API server has. */
  readonly builtIn: readonly ResourceClass[]
}

/** Tells in the status of each ValidatingAdmissionPolicy which of its expressions do not fit the kinds that it matches. */
export function validatingAdmissionPolicyStatusController({ builtIn }: Options): Controller {
  return controller('validatingadmissionpolicy-status-controller', {
    queueName: 'validating_admission_policy_status',
    for: ValidatingAdmissionPolicy,

    async reconcile(policy, { client }) {
      const { generation: observedGeneration = 0 } = policy.metadata
      if ((policy.status?.observedGeneration ?? 0) >= observedGeneration) return
      const expressionWarnings = checkTypes(policy, builtIn)
      const typeChecking = expressionWarnings.length > 0 ? { expressionWarnings } : {}
      const status = { ...policy.status, observedGeneration, typeChecking }
      await client.updateStatus(ValidatingAdmissionPolicy, { ...policy, status })
    },
  })
}
