import { bool, listOf, ref, string } from '../../../schema/field.ts'
import { UserInfo } from './common.ts'
import { message, resource } from './group.ts'

export class TokenReviewSpec extends message(
  'The token to check and the audiences expected of it.',
  {
    token: string(1, 'The bearer token to check, as the client sent it.').requiredDropped(),
    audiences: listOf(
      'string',
      2,
      'Audiences the token should be meant for. Defaults to those of the API server.',
    ).atomic(),
  },
) {}

export class TokenReviewStatus extends message('The result of a token check.', {
  authenticated: bool(1, 'True when the token belongs to a known user.'),
  user: ref(UserInfo, 2, 'The user that the token belongs to.').written(),
  audiences: listOf(
    'string',
    4,
    'Audiences accepted by both the authenticator and the token. When empty, only the API server audience can be assumed.',
  ).atomic(),
  error: string(3, 'Why the token could not be checked.'),
}) {}

export class TokenReview extends resource(
  'Asks whether a bearer token is valid and whose it is.',
  { plural: 'tokenreviews', namespaced: false, verbs: ['create'] },
  {
    spec: ref(TokenReviewSpec, 2, 'The token to check, and for which audiences.').required(),
    status: ref(TokenReviewStatus, 3, 'The verdict, filled in by the server.').written(),
  },
) {}
