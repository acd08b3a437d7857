import { ClusterRoleBinding } from '../api/rbac/v1/cluster-role-binding.ts'
import { ClusterRole } from '../api/rbac/v1/cluster-role.ts'
import type { Subject } from '../api/rbac/v1/common.ts'
import type { Client } from '../client/client.ts'

const ROLE = 'trierarch:node-network'
const apiGroup = 'rbac.authorization.k8s.io'
const apiVersion = 'rbac.authorization.k8s.io/v1'
const verbs = ['list', 'watch']
const BY_US = { fieldManager: 'trierarch', force: true }

/** Lets the proxies of nodes read what NetworkPolicies are about. */
export async function ensureNetworkRole(client: Client): Promise<void> {
  const rules = [
    { apiGroups: [''], resources: ['namespaces', 'pods'], verbs },
    { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs },
  ]
  const role = { apiVersion, kind: 'ClusterRole', metadata: { name: ROLE }, rules }
  await client.patch(ClusterRole, { name: ROLE }, 'apply', role, BY_US)
  await bind(client, ROLE, { kind: 'User', apiGroup, name: 'system:kube-proxy' })
}

/** The same for nodes that join, whose proxies work as the node. Only then may nodes read Pods of other nodes. */
export async function ensureJoinedNetworkRole(client: Client): Promise<void> {
  await ensureNetworkRole(client)
  await bind(client, 'trierarch:joined-node-network', {
    kind: 'Group',
    apiGroup,
    name: 'system:nodes',
  })
}

async function bind(client: Client, name: string, subject: Subject): Promise<void> {
  const binding = {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup, kind: 'ClusterRole', name: ROLE },
    subjects: [subject],
  }
  await client.patch(ClusterRoleBinding, { name }, 'apply', binding, BY_US)
}
