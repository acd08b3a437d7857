import { badRequest } from '../../apimachinery/status-error.ts'
import type { RequestHeaders } from '../../serving/exchange.ts'
import type { Authorizer } from '../authorization/authorizer.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import { authorize } from '../pipeline/authorize.ts'

const EXTRA_PREFIX = 'impersonate-extra-'
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/

/**
 * The user that the request is to count as. Throws `Forbidden` where its sender may not speak for them. See
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
 */
export async function impersonate(
  user: UserInfo,
  headers: RequestHeaders,
  authorizers: readonly Authorizer[],
): Promise<UserInfo> {
  const wanted = wantedUser(headers)
  if (!wanted) return user
  for (const ask of questions(wanted)) {
    const { group = '', version = 'v1', resource, namespace = '', name, subresource = '' } = ask
    await authorize(authorizers, {
      type: 'resource',
      user,
      verb: 'impersonate',
      group,
      version,
      resource,
      subresource,
      namespace,
      name,
    })
  }
  return withImpliedGroups(wanted)
}

function wantedUser(headers: RequestHeaders): UserInfo | undefined {
  if (!hasImpersonation(headers)) return undefined
  const name = all(headers['impersonate-user'])[0] ?? ''
  const groups = all(headers['impersonate-group'])
  const uid = all(headers['impersonate-uid'])[0] ?? ''
  const extra = extraOf(headers)
  if (name === '') {
    const hasMore = groups.length > 0 || uid !== '' || Object.keys(extra).length > 0
    if (!hasMore) return undefined
    throw badRequest('requested impersonation without impersonating a user')
  }
  return {
    name,
    groups,
    ...(uid !== '' && { uid }),
    ...(Object.keys(extra).length > 0 && { extra }),
  }
}

// Asked of every request, and almost never so.
function hasImpersonation(headers: RequestHeaders): boolean {
  for (const name in headers) if (name.startsWith('impersonate-')) return true
  return false
}

function all(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return []
  return typeof value === 'string' ? value.split(',').map((each) => each.trim()) : value
}

function extraOf(headers: RequestHeaders): Record<string, readonly string[]> {
  const extra: [string, readonly string[]][] = []
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith(EXTRA_PREFIX)) continue
    extra.push([decodeURIComponent(header.slice(EXTRA_PREFIX.length)), all(value)])
  }
  return Object.fromEntries(extra)
}

interface Question {
  readonly group?: string
  readonly version?: string
  readonly resource: string
  readonly namespace?: string
  readonly name: string
  readonly subresource?: string
}

function questions({ name, groups, uid, extra = {} }: UserInfo): readonly Question[] {
  const account = SERVICE_ACCOUNT.exec(name)
  const group = 'authentication.k8s.io'
  return [
    account
      ? { resource: 'serviceaccounts', namespace: account[1]!, name: account[2]! }
      : { resource: 'users', name },
    ...groups.map((each) => ({ resource: 'groups', name: each })),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => ({ group, resource: 'userextras', subresource: key, name: value })),
    ),
    ...(uid === undefined ? [] : [{ group, resource: 'uids', name: uid }]),
  ]
}

function withImpliedGroups(user: UserInfo): UserInfo {
  const account = SERVICE_ACCOUNT.exec(user.name)
  const own =
    account && user.groups.length === 0
      ? ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`]
      : user.groups
  if (user.name === 'system:anonymous')
    return { ...user, groups: [...own, 'system:unauthenticated'] }
  const isKnown = own.includes('system:authenticated') || own.includes('system:unauthenticated')
  return { ...user, groups: isKnown ? own : [...own, 'system:authenticated'] }
}
