import { changeField, changeItems, withField, withFields } from '../../change.ts'
import { isExternallyAccessible } from './service-helpers.ts'
import type { Service, ServicePort, ServiceSpec } from './service.ts'

const AFFINITY_SECONDS = 10_800

/** Fills in what depends on other fields of a Service. */
export function defaultService(service: Service): Service {
  const spec = defaultSpec(service.spec)
  const isBalancer = spec.type === 'LoadBalancer'
  return withFields(service, {
    spec,
    status: isBalancer ? withIpModes(service.status) : service.status,
  })
}

function defaultSpec(spec: ServiceSpec): ServiceSpec {
  const takesTraffic = spec.type !== 'ExternalName'
  const isBalancer = spec.type === 'LoadBalancer'
  return withFields(spec, {
    sessionAffinityConfig: affinityConfig(spec),
    ports: spec.ports && changeItems(spec.ports, defaultPort),
    externalTrafficPolicy:
      spec.externalTrafficPolicy || (isExternallyAccessible(spec) ? 'Cluster' : undefined),
    internalTrafficPolicy: spec.internalTrafficPolicy ?? (takesTraffic ? 'Cluster' : undefined),
    allocateLoadBalancerNodePorts:
      spec.allocateLoadBalancerNodePorts ?? (isBalancer ? true : undefined),
  })
}

function affinityConfig({
  sessionAffinity,
  sessionAffinityConfig: config,
}: ServiceSpec): ServiceSpec['sessionAffinityConfig'] {
  if (sessionAffinity === 'None') return undefined
  if (sessionAffinity !== 'ClientIP' || config?.clientIP?.timeoutSeconds !== undefined)
    return config
  return { clientIP: { timeoutSeconds: AFFINITY_SECONDS } }
}

function defaultPort(port: ServicePort): ServicePort {
  const isGiven = port.targetPort !== undefined && port.targetPort !== 0 && port.targetPort !== ''
  return isGiven ? port : withField(port, 'targetPort', port.port)
}

function withIpModes(status: Service['status']): Service['status'] {
  return changeField(status, 'loadBalancer', (balancer) =>
    changeField(balancer, 'ingress', (ingress) =>
      changeItems(ingress, (each) =>
        each.ip ? withField(each, 'ipMode', each.ipMode ?? 'VIP') : each,
      ),
    ),
  )
}
