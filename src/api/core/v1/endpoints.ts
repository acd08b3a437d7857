import { int32, listOf, ref, string } from '../../../schema/field.ts'
import { ObjectReference } from './reference.ts'
import { message, resource } from './group.ts'

export class EndpointAddress extends message(
  'One IP address behind a Service.',
  {
    ip: string(
      1,
      'Address of the endpoint. Loopback and link-local addresses are not allowed.',
    ).required(),
    hostname: string(3, 'Hostname of the endpoint, used for its DNS record.'),
    nodeName: string(4, 'Node that hosts the endpoint.').pointer(),
    targetRef: ref(ObjectReference, 2, 'Object behind the address, usually a Pod.'),
  },
  { atomic: true },
) {}

export class EndpointPort extends message(
  'A port of the addresses in an Endpoints subset.',
  {
    name: string(
      1,
      'Name of the port, matching the Service port. Optional when there is only one.',
    ),
    port: int32(2, 'Number of the port that the endpoints listen on, 1 to 65535.').required(),
    protocol: string(3, 'Protocol of the port: TCP, UDP or SCTP. Defaults to TCP.')
      .oneOf('TCP', 'UDP', 'SCTP')
      .default('TCP'),
    appProtocol: string(
      4,
      'Application protocol, as a hint: an IANA name, a kubernetes.io/ name or a prefixed name.',
    ).pointer(),
  },
  { atomic: true },
) {}

export class EndpointSubset extends message('Addresses that share the same set of ports.', {
  addresses: listOf(EndpointAddress, 1, 'Addresses that are ready for traffic.').atomic(),
  notReadyAddresses: listOf(
    EndpointAddress,
    2,
    'Addresses that are not ready yet or no longer ready.',
  ).atomic(),
  ports: listOf(EndpointPort, 3, 'Ports available on every address of the subset.').atomic(),
}) {}

export class Endpoints extends resource(
  'Addresses behind a Service. Superseded by EndpointSlice; deprecated since v1.33.',
  { plural: 'endpoints', shortNames: ['ep'], namespaced: true },
  {
    subsets: listOf(EndpointSubset, 2, 'All endpoints, grouped by the ports they offer.').atomic(),
  },
) {}
