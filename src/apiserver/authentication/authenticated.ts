import type { UserInfo } from './authenticator.ts'

const AUTHENTICATED = 'system:authenticated'

/** A user who has shown who they are, with the group of all who have. */
export function authenticated(user: UserInfo): UserInfo {
  if (user.groups.includes(AUTHENTICATED)) return user
  return { ...user, groups: [...user.groups, AUTHENTICATED] }
}
