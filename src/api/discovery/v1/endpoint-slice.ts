import { bool, int32, listOf, mapOf, ref, string } from '../../../schema/field.ts'
import { ObjectReference } from '../../core/v1/reference.ts'
import { message, resource } from './group.ts'

export class EndpointConditions extends message('The current condition of an endpoint.', {
  ready: bool(
    1,
    'True when traffic may be sent to the endpoint. Treat an unset value as true.',
  ).pointer(),
  serving: bool(
    2,
    'Like ready, but also true for a terminating endpoint that still passes its checks. Falls back to ready when unset.',
  ).pointer(),
  terminating: bool(
    3,
    'True when the endpoint is shutting down. Treat an unset value as false.',
  ).pointer(),
}) {}

export class ForNode extends message('A node whose clients should use an endpoint.', {
  name: string(1, 'Name of the node whose clients should use the endpoint.').required(),
}) {}

export class ForZone extends message('A zone whose clients should use an endpoint.', {
  name: string(1, 'Name of the zone whose clients should use the endpoint.').required(),
}) {}

export class EndpointHints extends message(
  'Advice on how traffic to an endpoint should be routed.',
  {
    forZones: listOf(
      ForZone,
      1,
      'Zones whose clients should use this endpoint. At most 8.',
    ).atomic(),
    forNodes: listOf(
      ForNode,
      2,
      'Nodes whose clients should use this endpoint. At most 8.',
    ).atomic(),
  },
) {}

export class Endpoint extends message('One backend of a Service.', {
  addresses: listOf(
    'string',
    1,
    'Addresses of this endpoint, all of the slice addressType. Consumers normally use only the first.',
  )
    .required()
    .set(),
  conditions: ref(
    EndpointConditions,
    2,
    'Whether the endpoint is ready, serving or terminating.',
  ).written(),
  hostname: string(
    3,
    'Hostname of the endpoint, used to give it its own DNS name. A lower-case DNS label.',
  ).pointer(),
  targetRef: ref(ObjectReference, 4, 'The object, usually a Pod, that backs this endpoint.'),
  deprecatedTopology: mapOf(
    'string',
    5,
    'Topology data carried over from the v1beta1 API. Read-only; use nodeName and zone instead.',
  ),
  nodeName: string(6, 'Node that hosts the endpoint.').pointer(),
  zone: string(7, 'Name of the zone that the endpoint runs in.').pointer(),
  hints: ref(EndpointHints, 8, 'Advice on which clients should use the endpoint.'),
}) {}

export class EndpointPort extends message(
  'A port of the addresses in an Endpoints subset.',
  {
    name: string(1, 'Name of the port, matching the Service port. Optional when there is only one.')
      .pointer()
      .default(''),
    protocol: string(2, 'Protocol of the port: TCP, UDP or SCTP. Defaults to TCP.')
      .oneOf('TCP', 'UDP', 'SCTP')
      .pointer()
      .default('TCP'),
    port: int32(3, 'Number of the port that the endpoints listen on, 1 to 65535.').pointer(),
    appProtocol: string(
      4,
      'Application protocol, as a hint: an IANA name, a kubernetes.io/ name or a prefixed name.',
    ).pointer(),
  },
  { atomic: true },
) {}

export class EndpointSlice extends resource(
  'A part of the endpoints that back a Service.',
  { plural: 'endpointslices', namespaced: true },
  {
    addressType: string(
      4,
      'Kind of address used by all endpoints: IPv4, IPv6 or FQDN. Cannot be changed.',
    )
      .oneOf('FQDN', 'IPv4', 'IPv6')
      .required(),
    endpoints: listOf(Endpoint, 2, 'The endpoints in this slice. At most 1000.').atomic().written(),
    ports: listOf(EndpointPort, 3, 'Ports that every endpoint in this slice exposes. At most 100.')
      .atomic()
      .written(),
  },
) {}
