import { ref } from '../../../schema/field.ts'
import { UserInfo } from './common.ts'
import { message, resource } from './group.ts'

export class SelfSubjectReviewStatus extends message('The identity found by a SelfSubjectReview.', {
  userInfo: ref(UserInfo, 1, 'User attributes of the caller, after any impersonation.').written(),
}) {}

export class SelfSubjectReview extends resource(
  'Asks the API server who the caller is.',
  { plural: 'selfsubjectreviews', namespaced: false, verbs: ['create'] },
  {
    status: ref(SelfSubjectReviewStatus, 2, 'The answer, filled in by the server.').written(),
  },
) {}
