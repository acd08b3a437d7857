import { aggregate } from '../../../apimachinery/go-format.ts'
import type { AuthorizationDecision, Authorizer } from '../authorizer.ts'
import type { RbacIndex } from './rbac-index.ts'

/** Allows what a binding grants: https://kubernetes.io/docs/reference/access-authn-authz/rbac/ */
export function rbacAuthorizer(index: RbacIndex): Authorizer {
  return {
    name: 'RBAC',
    authorize(attributes) {
      const namespace = attributes.type === 'resource' ? attributes.namespace : ''
      let problems: string[] | undefined
      for (const grants of index.grantsOf(attributes.user, namespace)) {
        const reason = grants.reasonFor(attributes)
        if (reason !== undefined) return { decision: 'allow', reason }
        if (grants.problems.length > 0) problems = [...(problems ?? []), ...grants.problems]
      }
      return problems ? refusal(problems) : NO_OPINION
    },
  }
}

const NO_OPINION: AuthorizationDecision = { decision: 'noOpinion', reason: '' }

function refusal(problems: readonly string[]): AuthorizationDecision {
  return { decision: 'noOpinion', reason: `RBAC: ${aggregate(problems)}` }
}
