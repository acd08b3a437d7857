import type { Client } from '../client/client.ts'
import { bindRole, grant, group, user } from './grants.ts'

const ROLE = 'trierarch:node-network'
const verbs = ['list', 'watch']

/** Lets the proxies of nodes read what NetworkPolicies are about. */
export function ensureNetworkRole(client: Client): Promise<void> {
  const rules = [
    { apiGroups: [''], resources: ['namespaces', 'pods'], verbs },
    { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs },
  ]
  return grant(client, ROLE, rules, user('system:kube-proxy'))
}

/** The same for nodes that join, whose proxies work as the node. Only then may nodes read Pods of other nodes. */
export async function ensureJoinedNetworkRole(client: Client): Promise<void> {
  await ensureNetworkRole(client)
  const subject = group('system:nodes')
  await bindRole(client, 'trierarch:joined-node-network', { role: ROLE, subject })
}
