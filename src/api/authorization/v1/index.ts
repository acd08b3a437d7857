/** The kinds of this group and version. */
export { LocalSubjectAccessReview } from './local-subject-access-review.ts'
export { SelfSubjectAccessReview } from './self-subject-access-review.ts'
export { SelfSubjectRulesReview } from './self-subject-rules-review.ts'
export { SubjectAccessReview } from './subject-access-review.ts'
