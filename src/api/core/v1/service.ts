import { bool, int32, intOrString, listOf, mapOf, ref, string } from '../../../schema/field.ts'
import { Condition } from '../../meta/v1/common.ts'
import { LoadBalancerStatus } from './load-balancer-status.ts'
import { message, resource } from './group.ts'

export class ClientIPConfig extends message('Settings of session affinity by client IP.', {
  timeoutSeconds: int32(
    1,
    'Seconds a client stays with one backend, from 1 to 86400. Defaults to 10800 (3 hours).',
  ).pointer(),
}) {}

export class ServicePort extends message('A port that a Service offers.', {
  name: string(
    1,
    'Name of the port, a DNS label unique in the Service. Optional when there is only one.',
  ),
  protocol: string(2, 'Protocol of the port: TCP, UDP or SCTP. Defaults to TCP.')
    .oneOf('TCP', 'UDP', 'SCTP')
    .default('TCP')
    .told(),
  appProtocol: string(
    6,
    'Application protocol, as a hint: an IANA name, a kubernetes.io/ name or a prefixed name.',
  ).pointer(),
  port: int32(3, 'Port number the Service offers.').required(),
  targetPort: intOrString(
    4,
    'Number or name of the Pod port to send traffic to. Defaults to port.',
  ),
  nodePort: int32(
    5,
    'Port on every node, for types NodePort and LoadBalancer. Unset lets the cluster pick one.',
  ),
}) {}

export class SessionAffinityConfig extends message('Settings of session affinity.', {
  clientIP: ref(ClientIPConfig, 1, 'Settings for affinity by client IP.'),
}) {}

export class ServiceSpec extends message('What a Service offers and how it sends traffic.', {
  ports: listOf(
    ServicePort,
    1,
    'Ports that the Service offers, and where they lead. At least one unless headless or external.',
  )
    .mapKeys('port', 'protocol')
    .patch('merge', 'port'),
  selector: mapOf(
    'string',
    2,
    'Labels of the Pods to send traffic to. Unset leaves endpoints to be managed by hand.',
  ).atomic(),
  clusterIP: string(3, 'Virtual IP of the Service, picked if unset. None makes it headless.'),
  clusterIPs: listOf(
    'string',
    18,
    'Virtual IPs of the Service, at most one per family; the first equals clusterIP.',
  ).atomic(),
  type: string(
    4,
    'How it is exposed: ClusterIP, NodePort, LoadBalancer or ExternalName. Defaults to ClusterIP.',
  )
    .oneOf('ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName')
    .default('ClusterIP'),
  externalIPs: listOf(
    'string',
    5,
    'Further addresses at which nodes accept traffic. Kubernetes does not manage them.',
  ).atomic(),
  sessionAffinity: string(
    7,
    'ClientIP keeps a client on one backend; None does not. Defaults to None.',
  )
    .oneOf('ClientIP', 'None')
    .default('None'),
  loadBalancerIP: string(
    8,
    'Address wanted for the load balancer. Deprecated: support varies; use provider annotations.',
  ).deprecated(),
  loadBalancerSourceRanges: listOf(
    'string',
    9,
    'Client CIDRs the load balancer lets in, where supported. Unset lets all in.',
  ).atomic(),
  externalName: string(
    10,
    'DNS name returned as CNAME for type ExternalName. A lowercase RFC 1123 hostname.',
  ),
  externalTrafficPolicy: string(
    11,
    'Cluster spreads outside traffic over all endpoints; Local keeps to the node and the client IP. Defaults to Cluster.',
  ).oneOf('Cluster', 'Local'),
  healthCheckNodePort: int32(
    12,
    'Node port for load balancer health checks, with type LoadBalancer and policy Local. Picked if unset.',
  ),
  publishNotReadyAddresses: bool(
    13,
    'Treats unready Pods as ready, mainly for StatefulSet peer discovery. Defaults to false.',
  ),
  sessionAffinityConfig: ref(
    SessionAffinityConfig,
    14,
    'How long clients keep their endpoint under session affinity.',
  ),
  ipFamilies: listOf(
    'string',
    19,
    'IP families of the Service, IPv4 or IPv6, at most two. Picked from the cluster if unset.',
  )
    .atomic()
    .oneOf('IPv4', 'IPv6', ''),
  ipFamilyPolicy: string(
    17,
    'SingleStack, PreferDualStack or RequireDualStack. Defaults to SingleStack.',
  )
    .oneOf('SingleStack', 'PreferDualStack', 'RequireDualStack')
    .pointer(),
  allocateLoadBalancerNodePorts: bool(
    20,
    'Whether type LoadBalancer also gets node ports. Defaults to true.',
  ).pointer(),
  loadBalancerClass: string(
    21,
    'Load balancer implementation to use. Unset uses that of the cloud provider. Cannot change once set.',
  ).pointer(),
  internalTrafficPolicy: string(
    22,
    'Cluster spreads inside traffic over all endpoints; Local keeps to the node. Defaults to Cluster.',
  )
    .oneOf('Cluster', 'Local')
    .pointer(),
  trafficDistribution: string(
    23,
    'Preference for near endpoints, such as PreferSameZone or PreferSameNode. Unset spreads over all.',
  ).pointer(),
}) {}

export class ServiceStatus extends message('Observed state of a Service.', {
  loadBalancer: ref(
    LoadBalancerStatus,
    1,
    'State of the load balancer, if there is one.',
  ).written(),
  conditions: listOf(Condition, 2, 'The latest observed conditions of the Service.')
    .mapKeys('type')
    .patch('merge', 'type'),
}) {}

export class Service extends resource(
  'A stable address for a set of Pods, and the ports to reach them on.',
  {
    plural: 'services',
    shortNames: ['svc'],
    categories: ['all'],
    namespaced: true,
    subresources: [
      {
        name: 'proxy',
        group: '',
        version: 'v1',
        kind: 'ServiceProxyOptions',
        verbs: ['create', 'delete', 'get', 'patch', 'update'],
      },
      'status',
    ],
  },
  {
    spec: ref(
      ServiceSpec,
      2,
      'The ports offered, the Pods behind them, and how they can be reached.',
    ).written(),
    status: ref(
      ServiceStatus,
      3,
      'What the load balancer has been given, and other observations.',
    ).written(),
  },
) {}
