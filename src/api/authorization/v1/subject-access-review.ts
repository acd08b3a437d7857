import { ref } from '../../../schema/field.ts'
import { SubjectAccessReviewSpec, SubjectAccessReviewStatus } from './common.ts'
import { resource } from './group.ts'

export class SubjectAccessReview extends resource(
  'Asks whether a given user or group may do something.',
  { plural: 'subjectaccessreviews', namespaced: false, verbs: ['create'] },
  {
    spec: ref(SubjectAccessReviewSpec, 2, 'The user, and what that user wants to do.').required(),
    status: ref(SubjectAccessReviewStatus, 3, 'The verdict, filled in by the server.').written(),
  },
) {}
