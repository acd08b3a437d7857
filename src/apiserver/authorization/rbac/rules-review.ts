import type { SubjectRulesReviewStatus } from '../../../api/authorization/v1/self-subject-rules-review.ts'
import { aggregate } from '../../../apimachinery/go-format.ts'
import type { UserInfo } from '../../authentication/authenticator.ts'
import { nodeIdentity } from '../node/node-identity.ts'
import type { RbacIndex } from './rbac-index.ts'

/** Lists what a user may do in a namespace, for SelfSubjectRulesReviews; what nodes may do is only listed in part. */
export function rulesReview(
  index: RbacIndex,
): (user: UserInfo, namespace: string) => SubjectRulesReviewStatus {
  return (user, namespace) => {
    const { rules, problems } = index.rulesOf(user, namespace)
    const isNode = nodeIdentity(user) !== undefined
    const errors = isNode
      ? ['node authorizer does not support user rule resolution', ...problems]
      : problems
    return {
      resourceRules: rules
        .filter(({ resources = [] }) => resources.length > 0)
        .map(({ verbs, apiGroups, resources, resourceNames }) => ({
          verbs,
          ...(apiGroups && { apiGroups }),
          ...(resources && { resources }),
          ...(resourceNames && { resourceNames }),
        })),
      nonResourceRules: rules
        .filter(({ nonResourceURLs = [] }) => nonResourceURLs.length > 0)
        .map(({ verbs, nonResourceURLs = [] }) => ({ verbs, nonResourceURLs })),
      incomplete: errors.length > 0,
      ...(errors.length > 0 && { evaluationError: aggregate(errors) }),
    }
  }
}
