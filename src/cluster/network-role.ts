import { ClusterRoleBinding } from '../api/rbac/v1/cluster-role-binding.ts'
import { ClusterRole } from '../api/rbac/v1/cluster-role.ts'
import type { Client } from '../client/client.ts'

const name = 'trierarch:node-network'
const apiGroup = 'rbac.authorization.k8s.io'
const verbs = ['list', 'watch']

/** Lets nodes, and their proxies, read what NetworkPolicies are about. */
export async function ensureNetworkRole(client: Client): Promise<void> {
  const options = { fieldManager: 'trierarch', force: true }
  await client.patch(
    ClusterRole,
    { name },
    'apply',
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name },
      rules: [
        { apiGroups: [''], resources: ['namespaces', 'pods'], verbs },
        { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs },
      ],
    },
    options,
  )
  await client.patch(
    ClusterRoleBinding,
    { name },
    'apply',
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup, kind: 'ClusterRole', name },
      subjects: [
        { kind: 'User', apiGroup, name: 'system:kube-proxy' },
        { kind: 'Group', apiGroup, name: 'system:nodes' },
      ],
    },
    options,
  )
}
