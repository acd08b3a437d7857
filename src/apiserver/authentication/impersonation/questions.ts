import type { AuthorizationAttributes } from '../../authorization/authorizer.ts'
import type { UserInfo } from '../authenticator.ts'

const GROUP = 'authentication.k8s.io'

/** Something of a user that one must be allowed to take on. */
export interface Question {
  readonly group: string
  readonly resource: string
  readonly namespace?: string
  readonly name: string
  readonly subresource?: string
}

/** All that must be allowed to be this user. `group`: the API group that users and groups count to. */
export function questionsAbout(
  { name, groups, uid, extra = {} }: UserInfo,
  group: string,
  who: Omit<Question, 'group'> = { resource: 'users', name },
): readonly Question[] {
  return [
    { group, ...who },
    ...(uid === undefined ? [] : [{ group: GROUP, resource: 'uids', name: uid }]),
    ...groups.map((each) => ({ group, resource: 'groups', name: each })),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => ({
        group: GROUP,
        resource: 'userextras',
        subresource: key,
        name: value,
      })),
    ),
  ]
}

export function attributesFor(
  user: UserInfo,
  verb: string,
  { group, resource, namespace = '', name, subresource = '' }: Question,
): AuthorizationAttributes {
  const version = 'v1'
  return { type: 'resource', user, verb, group, version, resource, subresource, namespace, name }
}
