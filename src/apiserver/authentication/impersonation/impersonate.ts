import { isForbidden } from '../../../apimachinery/status-predicates.ts'
import { serviceAccountGroups } from '../../../pki/service-account-claims.ts'
import type { AuthorizationAttributes, Authorizer } from '../../authorization/authorizer.ts'
import { authorize } from '../../pipeline/authorize.ts'
import { authenticated } from '../authenticated.ts'
import type { UserInfo } from '../authenticator.ts'
import { CONSTRAINED_MODES, type ImpersonationMode } from './constrained-modes.ts'
import { attributesFor, questionsAbout } from './questions.ts'
import { accountOf } from './usernames.ts'

const UNAUTHENTICATED = 'system:unauthenticated'

export interface ImpersonationOptions {
  readonly authorizers: readonly Authorizer[]
  /** Whether one may be allowed to impersonate for some requests only (KEP-5284). */
  readonly isConstrained: boolean
}

/**
 * The user that a request is to count as. Throws `Forbidden` where its sender may not speak for them. See
 * https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/
 */
export async function impersonate(
  wanted: UserInfo,
  request: AuthorizationAttributes,
  options: ImpersonationOptions,
): Promise<UserInfo> {
  let refusal: unknown
  const modes = options.isConstrained
    ? CONSTRAINED_MODES.filter((mode) => mode.fits(wanted, request.user))
    : []
  for (const mode of modes) {
    try {
      return await impersonateIn(mode, wanted, request, options)
    } catch (error) {
      if (!isForbidden(error)) throw error
      refusal ??= error
    }
  }
  try {
    return await impersonateForAll(wanted, request.user, options)
  } catch (error) {
    if (!isForbidden(error)) throw error
    throw refusal ?? error
  }
}

/** For requests such as this one: the verb `impersonate-on:MODE:VERB` allows the request, `impersonate:MODE` the user. */
async function impersonateIn(
  mode: ImpersonationMode,
  wanted: UserInfo,
  request: AuthorizationAttributes,
  { authorizers }: ImpersonationOptions,
): Promise<UserInfo> {
  const user = mode.asker(request.user)
  await authorize(authorizers, {
    ...request,
    user,
    verb: `impersonate-on:${mode.name}:${request.verb}`,
  })
  mode.confirm(wanted, user)
  for (const question of mode.questions(wanted)) {
    await authorize(authorizers, attributesFor(user, `impersonate:${mode.name}`, question))
  }
  return withImpliedGroups({ ...wanted, groups: mode.groups?.(wanted) ?? wanted.groups })
}

/** For whatever request: the verb `impersonate`. */
async function impersonateForAll(
  wanted: UserInfo,
  user: UserInfo,
  { authorizers }: ImpersonationOptions,
): Promise<UserInfo> {
  const account = accountOf(wanted.name)
  const name = account ? { resource: 'serviceaccounts', ...account } : undefined
  for (const question of questionsAbout(wanted, '', name)) {
    await authorize(authorizers, attributesFor(user, 'impersonate', question))
  }
  const groups =
    account && wanted.groups.length === 0 ? serviceAccountGroups(account.namespace) : wanted.groups
  return withImpliedGroups({ ...wanted, groups })
}

function withImpliedGroups(user: UserInfo): UserInfo {
  const { name, groups } = user
  if (groups.includes(UNAUTHENTICATED)) return user
  if (name !== 'system:anonymous') return authenticated(user)
  return { ...user, groups: [...groups, UNAUTHENTICATED] }
}
