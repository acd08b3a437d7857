import { listOf, mapOf, string } from '../../../schema/field.ts'
import { message } from './group.ts'

export class UserInfo extends message('Identity attributes of a user.', {
  username: string(1, 'Name that identifies the user among all active users.'),
  uid: string(2, 'Unique value that tells apart users who reuse a name over time.'),
  groups: listOf('string', 3, 'Names of the groups that the user belongs to.').atomic(),
  extra: mapOf(
    'stringList',
    4,
    'More attributes supplied by the authenticator, each with a list of values.',
  ),
}) {}
