/** The kinds of this group and version. */
export { SelfSubjectReview } from './self-subject-review.ts'
export { TokenReview } from './token-review.ts'
