import { ConfigMap } from '../../api/core/v1/config-map.ts'
import { ClusterRoleBinding } from '../../api/rbac/v1/cluster-role-binding.ts'
import { ClusterRole } from '../../api/rbac/v1/cluster-role.ts'
import { RoleBinding } from '../../api/rbac/v1/role-binding.ts'
import { Role } from '../../api/rbac/v1/role.ts'
import { CLUSTER_INFO } from '../../api/core/v1/bootstrap-token.ts'
import type { Client } from '../../client/client.ts'
import { apiVersionOf, type ResourceClass } from '../../schema/resource.ts'
import type { NodeConfig } from '../flags/node-config.ts'

/** The group that tokens give by default, named as kubeadm names it. */
export const DEFAULT_TOKEN_GROUP = 'system:bootstrappers:kubeadm:default-node-token'

export const NODE_CONFIG = { namespace: 'kube-system', name: 'trierarch-node-config' } as const

const apiGroup = 'rbac.authorization.k8s.io'
const group = (name: string) => ({ kind: 'Group', apiGroup, name })
const clusterRole = (name: string) => ({ kind: 'ClusterRole', apiGroup, name })
const role = (name: string) => ({ kind: 'Role', apiGroup, name })

const BOOTSTRAPPERS = group(DEFAULT_TOKEN_GROUP)
const NODES = group('system:nodes')
const REQUESTS = 'system:certificates.k8s.io:certificatesigningrequests'
const APPROVER = 'trierarch:kubelet-serving-approver'
const CLUSTER_INFO_ROLE = 'kubeadm:bootstrap-signer-clusterinfo'
const AUTHORITY_ROLE = 'trierarch:cluster-info'
const NODE_CONFIG_ROLE = 'trierarch:node-config'

interface Wanted {
  readonly type: ResourceClass
  readonly object: {
    readonly metadata: { readonly name: string; readonly namespace?: string }
  } & Readonly<Record<string, unknown>>
}

/**
 * What machines that join may do: kubeadm's bindings by kubeadm's names, and what our nodes need beside them. Without
 * any token no cluster has these.
 */
function joinPolicy(config: NodeConfig): readonly Wanted[] {
  const bindings: readonly (readonly [name: string, role: string, subject: object])[] = [
    ['kubeadm:kubelet-bootstrap', 'system:node-bootstrapper', BOOTSTRAPPERS],
    ['kubeadm:node-autoapprove-bootstrap', `${REQUESTS}:nodeclient`, BOOTSTRAPPERS],
    ['kubeadm:node-autoapprove-certificate-rotation', `${REQUESTS}:selfnodeclient`, NODES],
    // A node's proxy and DNS work as the node.
    ['trierarch:node-proxier', 'system:node-proxier', NODES],
    [
      APPROVER,
      APPROVER,
      { kind: 'ServiceAccount', namespace: 'kube-system', name: 'kubelet-serving-approver' },
    ],
  ]
  return [
    {
      type: ClusterRole,
      object: {
        metadata: { name: APPROVER },
        rules: [
          {
            apiGroups: ['certificates.k8s.io'],
            resources: ['certificatesigningrequests/approval'],
            verbs: ['update'],
          },
          {
            apiGroups: ['certificates.k8s.io'],
            resources: ['signers'],
            resourceNames: ['kubernetes.io/kubelet-serving'],
            verbs: ['approve'],
          },
        ],
      },
    },
    ...bindings.map(([name, of, subject]) => ({
      type: ClusterRoleBinding,
      object: { metadata: { name }, roleRef: clusterRole(of), subjects: [subject] },
    })),
    ...readable(CLUSTER_INFO, CLUSTER_INFO_ROLE, [
      { kind: 'User', apiGroup, name: 'system:anonymous' },
    ]),
    // The cluster's authority may be replaced while a node runs.
    ...readable(CLUSTER_INFO, AUTHORITY_ROLE, [NODES], ['list', 'watch']),
    ...readable(NODE_CONFIG, NODE_CONFIG_ROLE, [BOOTSTRAPPERS, NODES]),
    { type: ConfigMap, object: { metadata: NODE_CONFIG, data: { ...config } } },
  ]
}

/** Lets subjects read one ConfigMap. */
function readable(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  roleName: string,
  subjects: readonly object[],
  verbs: readonly string[] = ['get'],
): readonly Wanted[] {
  const metadata = { namespace, name: roleName }
  const rules = [{ apiGroups: [''], resources: ['configmaps'], resourceNames: [name], verbs }]
  return [
    { type: Role, object: { metadata, rules } },
    { type: RoleBinding, object: { metadata, roleRef: role(roleName), subjects } },
  ]
}

/** Sees to it that machines can join. */
export async function ensureJoinPolicy(client: Client, config: NodeConfig): Promise<void> {
  const options = { fieldManager: 'trierarch', force: true }
  for (const { type, object } of joinPolicy(config)) {
    const { kind } = type.resource
    const body = { apiVersion: apiVersionOf(type.resource), kind, ...object }
    await client.patch(type, object.metadata, 'apply', body, options)
  }
}
