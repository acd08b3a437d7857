import { int32, listOf, ref, string } from '../../../schema/field.ts'
import { TypedLocalObjectReference } from '../../core/v1/reference.ts'
import { message, resource } from './group.ts'

export class ServiceBackendPort extends message(
  'A port of a Service. Set exactly one of name and number.',
  {
    name: string(1, 'Name of a port of the Service. Excludes number.'),
    number: int32(2, 'Number of the port, such as 80.'),
  },
  { atomic: true },
) {}

export class IngressServiceBackend extends message('A port of a Service.', {
  name: string(1, 'Name of the Service, in the namespace of the Ingress.').required(),
  port: ref(ServiceBackendPort, 2, 'Port of the Service, by name or number.').written(),
}) {}

export class IngressBackend extends message(
  'Where requests are sent. Set exactly one of service and resource.',
  {
    service: ref(
      IngressServiceBackend,
      4,
      'A Service in the namespace of the Ingress, and its port. Excludes resource.',
    ),
    resource: ref(
      TypedLocalObjectReference,
      3,
      'Another kind of object in the namespace of the Ingress, such as a storage bucket.',
    ),
  },
) {}

export class HTTPIngressPath extends message('Maps a URL path to a backend.', {
  path: string(
    1,
    'Path to match against the request. Must start with / when pathType is Exact or Prefix.',
  ),
  pathType: string(
    3,
    'Exact matches the whole path, Prefix by path elements; ImplementationSpecific leaves it to the controller.',
  )
    .oneOf('Exact', 'Prefix', 'ImplementationSpecific')
    .requiredPointer(),
  backend: ref(IngressBackend, 2, 'Where matching requests are sent.').required(),
}) {}

export class HTTPIngressRuleValue extends message('Maps the paths of a host to backends.', {
  paths: listOf(HTTPIngressPath, 1, 'The paths of the host, and which backend each leads to.')
    .atomic()
    .required(),
}) {}

export class IngressRule extends message('Maps the requests for one host to backends.', {
  host: string(
    1,
    'Host to match, exact or with a wildcard first label such as *.example.com. All hosts match when unset.',
  ),
  http: ref(
    HTTPIngressRuleValue,
    1,
    'The paths of this host and their backends. All requests for the host go to the default backend when unset.',
  ).within(2),
}) {}

export class IngressTLS extends message('The certificate for some hosts of an Ingress.', {
  hosts: listOf(
    'string',
    1,
    'Hosts the certificate covers. Defaults to the wildcard host of the controller.',
  ).atomic(),
  secretName: string(
    2,
    'Name of the Secret holding the certificate and key. Optional, to allow routing on the host name alone.',
  ),
}) {}

export class IngressSpec extends message('The wanted routing of an Ingress.', {
  ingressClassName: string(
    4,
    'The IngressClass whose controller serves this Ingress. The default class, if any, is filled in on creation.',
  ).pointer(),
  defaultBackend: ref(
    IngressBackend,
    1,
    'Where requests matching no rule are sent. Required when there are no rules.',
  ),
  tls: listOf(
    IngressTLS,
    2,
    'Certificates for TLS on port 443, chosen by the host the client asks for.',
  ).atomic(),
  rules: listOf(
    IngressRule,
    3,
    'Routing by host and path. Without rules, everything goes to the default backend.',
  ).atomic(),
}) {}

export class IngressPortStatus extends message('State of one port of an Ingress load balancer.', {
  port: int32(1, 'Number of the port that the ingress point listens on.').required(),
  protocol: string(2, 'Protocol of the port: TCP, UDP or SCTP.')
    .oneOf('TCP', 'UDP', 'SCTP')
    .required(),
  error: string(
    3,
    'Machine-readable word for a problem with the port. Unset when there is none.',
  ).pointer(),
}) {}

export class IngressLoadBalancerIngress extends message(
  'One point at which an Ingress can be reached.',
  {
    ip: string(1, 'IP address, for load balancers identified by one.'),
    hostname: string(2, 'Hostname, for load balancers identified by a DNS name.'),
    ports: listOf(IngressPortStatus, 4, 'Ports exposed at this point.').atomic(),
  },
) {}

export class IngressLoadBalancerStatus extends message('Where an Ingress can be reached.', {
  ingress: listOf(
    IngressLoadBalancerIngress,
    1,
    'The points at which the load balancer accepts traffic.',
  ).atomic(),
}) {}

export class IngressStatus extends message('The observed state of an Ingress.', {
  loadBalancer: ref(IngressLoadBalancerStatus, 1, 'Where the Ingress can be reached.').written(),
}) {}

export class Ingress extends resource(
  'Routes HTTP traffic from outside to Services by host and path. Needs an Ingress controller.',
  { plural: 'ingresses', shortNames: ['ing'], namespaced: true, subresources: ['status'] },
  {
    spec: ref(
      IngressSpec,
      2,
      'The hosts and paths to route, to which backends, and the TLS certificates.',
    ).written(),
    status: ref(IngressStatus, 3, 'Where the Ingress can be reached.').written(),
  },
) {}
