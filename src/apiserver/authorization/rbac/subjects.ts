import type { Subject } from '../../../api/rbac/v1/common.ts'
import { serviceAccountUsername } from '../../../pki/service-account-tokens.ts'
import type { UserInfo } from '../../authentication/authenticator.ts'

type PlainSubject = Pick<Subject, 'kind' | 'name' | 'namespace'>

/** Under which key the rights of a subject are kept: that of a user or of a group. */
export function subjectKey(
  { kind, name, namespace }: PlainSubject,
  bindingNamespace: string,
): string {
  if (kind === 'Group') return groupKey(name)
  if (kind === 'User') return userKey(name)
  return userKey(serviceAccountUsername(namespace || bindingNamespace, name))
}

/** The keys under which a user's rights are found. */
export function keysOf({ name, groups }: UserInfo): readonly string[] {
  return [userKey(name), ...groups.map(groupKey)]
}

function userKey(name: string): string {
  return `u:${name}`
}

function groupKey(name: string): string {
  return `g:${name}`
}

/** As reasons name it: `User "x"`, `ServiceAccount "name/namespace"`. */
export function describeSubject(
  { kind, name, namespace }: PlainSubject,
  bindingNamespace: string,
): string {
  if (kind !== 'ServiceAccount') return `${kind} ${JSON.stringify(name)}`
  return `${kind} ${JSON.stringify(`${name}/${namespace || bindingNamespace}`)}`
}
