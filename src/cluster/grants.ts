import { ClusterRoleBinding } from '../api/rbac/v1/cluster-role-binding.ts'
import { ClusterRole } from '../api/rbac/v1/cluster-role.ts'
import type { PolicyRule, Subject } from '../api/rbac/v1/common.ts'
import type { Client } from '../client/client.ts'

const apiGroup = 'rbac.authorization.k8s.io'
const apiVersion = `${apiGroup}/v1`
const BY_US = { fieldManager: 'trierarch', force: true }

export function user(name: string): Subject {
  return { kind: 'User', apiGroup, name }
}

export function group(name: string): Subject {
  return { kind: 'Group', apiGroup, name }
}

/** Sees to it that there is a ClusterRole with these rules, and that a subject has it. */
export async function grant(
  client: Client,
  name: string,
  rules: readonly PolicyRule[],
  subject: Subject,
): Promise<void> {
  const role = { apiVersion, kind: 'ClusterRole', metadata: { name }, rules }
  await client.patch(ClusterRole, { name }, 'apply', role, BY_US)
  await bindRole(client, name, { role: name, subject })
}

/** Sees to it that a subject has a ClusterRole. */
export async function bindRole(
  client: Client,
  name: string,
  { role, subject }: { readonly role: string; readonly subject: Subject },
): Promise<void> {
  const binding = {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup, kind: 'ClusterRole', name: role },
    subjects: [subject],
  }
  await client.patch(ClusterRoleBinding, { name }, 'apply', binding, BY_US)
}
