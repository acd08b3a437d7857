import { ref } from '../../../schema/field.ts'
import { NonResourceAttributes, ResourceAttributes, SubjectAccessReviewStatus } from './common.ts'
import { message, resource } from './group.ts'

export class SelfSubjectAccessReviewSpec extends message(
  'The action to check. Set exactly one of its fields.',
  {
    resourceAttributes: ref(ResourceAttributes, 1, 'The action on an API resource.'),
    nonResourceAttributes: ref(
      NonResourceAttributes,
      2,
      'The action on a URL that is not a resource.',
    ),
  },
) {}

export class SelfSubjectAccessReview extends resource(
  'Asks whether the caller may do something.',
  { plural: 'selfsubjectaccessreviews', namespaced: false, verbs: ['create'] },
  {
    spec: ref(
      SelfSubjectAccessReviewSpec,
      2,
      'What the user who asks wants to do. Set one of its fields.',
    ).required(),
    status: ref(SubjectAccessReviewStatus, 3, 'The verdict, filled in by the server.').written(),
  },
) {}
