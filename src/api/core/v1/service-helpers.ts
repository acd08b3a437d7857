import type { Service, ServiceSpec } from './service.ts'

/** Without an address of its own: DNS gives those of the Pods. */
export function isHeadless({ clusterIPs }: Pick<ServiceSpec, 'clusterIPs'>): boolean {
  return clusterIPs?.length === 1 && clusterIPs[0] === 'None'
}

/** Whether traffic from outside the cluster can reach it. */
export function isExternallyAccessible({
  type,
  externalIPs,
}: Pick<ServiceSpec, 'type' | 'externalIPs'>): boolean {
  if (type === 'LoadBalancer' || type === 'NodePort') return true
  return type === 'ClusterIP' && externalIPs !== undefined
}

/** Whether load balancers ask each node if it has endpoints. */
export function needsHealthCheck({
  type,
  externalTrafficPolicy,
}: Pick<ServiceSpec, 'type' | 'externalTrafficPolicy'>): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local'
}

/** Whether it has an address of its own, or is to get one. */
export function needsClusterIp({ type }: Pick<Service['spec'], 'type'>): boolean {
  return type === 'ClusterIP' || type === 'NodePort' || type === 'LoadBalancer'
}

/** Whether its ports are open on the nodes, or to be. */
export function needsNodePorts({
  type,
  allocateLoadBalancerNodePorts,
}: Pick<ServiceSpec, 'type' | 'allocateLoadBalancerNodePorts'>): boolean {
  return type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false)
}
