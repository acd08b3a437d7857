import { ref } from '../../../schema/field.ts'
import { SubjectAccessReviewSpec, SubjectAccessReviewStatus } from './common.ts'
import { resource } from './group.ts'

export class LocalSubjectAccessReview extends resource(
  'Asks whether a user may do something in one namespace.',
  { plural: 'localsubjectaccessreviews', namespaced: true, verbs: ['create'] },
  {
    spec: ref(
      SubjectAccessReviewSpec,
      2,
      'The user and action to check. Its namespace must equal that of the review.',
    ).required(),
    status: ref(SubjectAccessReviewStatus, 3, 'The verdict, filled in by the server.').written(),
  },
) {}
