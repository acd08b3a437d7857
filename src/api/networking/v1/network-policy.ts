import { int32, intOrString, listOf, ref, string } from '../../../schema/field.ts'
import { LabelSelector } from '../../meta/v1/selector.ts'
import { message, resource } from './group.ts'

export class IPBlock extends message('A CIDR range of peers, less some exceptions.', {
  cidr: string(1, 'The range, such as 192.168.1.0/24 or 2001:db8::/64.').required(),
  except: listOf('string', 2, 'Ranges within cidr that are left out.').atomic(),
}) {}

export class NetworkPolicyPeer extends message('A source or destination of traffic.', {
  podSelector: ref(
    LabelSelector,
    1,
    'Labels of Pods, in the namespace of the policy or those of namespaceSelector. An empty selector picks all.',
  ),
  namespaceSelector: ref(
    LabelSelector,
    2,
    'Labels of namespaces. With no podSelector, all Pods in them are meant.',
  ),
  ipBlock: ref(IPBlock, 3, 'A range of IP addresses. Excludes the other fields.'),
}) {}

export class NetworkPolicyPort extends message(
  'A port, or range of ports, that traffic is allowed to.',
  {
    protocol: string(1, 'Protocol of the traffic: TCP, UDP or SCTP. Defaults to TCP.')
      .oneOf('TCP', 'UDP', 'SCTP')
      .pointer()
      .default('TCP'),
    port: intOrString(2, 'Number or name of the port. All ports when unset.').pointer(),
    endPort: int32(
      3,
      'Last port of a range starting at port, which must then be a number.',
    ).pointer(),
  },
) {}

export class NetworkPolicyEgressRule extends message(
  'Outgoing traffic that is allowed: it must match both ports and to.',
  {
    ports: listOf(
      NetworkPolicyPort,
      1,
      'Destination ports allowed. All ports when empty.',
    ).atomic(),
    to: listOf(NetworkPolicyPeer, 2, 'Destinations allowed. All destinations when empty.').atomic(),
  },
) {}

export class NetworkPolicyIngressRule extends message(
  'Incoming traffic that is allowed: it must match both ports and from.',
  {
    ports: listOf(
      NetworkPolicyPort,
      1,
      'Ports of the selected Pods that may be reached. All ports when empty.',
    ).atomic(),
    from: listOf(NetworkPolicyPeer, 2, 'Sources allowed. All sources when empty.').atomic(),
  },
) {}

export class NetworkPolicySpec extends message(
  'The Pods a NetworkPolicy affects and the traffic it allows.',
  {
    podSelector: ref(
      LabelSelector,
      1,
      'Labels of the Pods affected. An empty selector picks all Pods in the namespace.',
    ).written(),
    ingress: listOf(
      NetworkPolicyIngressRule,
      2,
      'Incoming traffic allowed. With none listed and Ingress among policyTypes, nothing may come in.',
    ).atomic(),
    egress: listOf(
      NetworkPolicyEgressRule,
      3,
      'Outgoing traffic allowed. With none listed and Egress among policyTypes, nothing may go out.',
    ).atomic(),
    policyTypes: listOf(
      'string',
      4,
      'Directions the policy limits. Defaults to Ingress, plus Egress when there are egress rules.',
    )
      .atomic()
      .oneOf('Ingress', 'Egress'),
  },
) {}

export class NetworkPolicy extends resource(
  'Limits which traffic some Pods may receive and send.',
  { plural: 'networkpolicies', shortNames: ['netpol'], namespaced: true },
  {
    spec: ref(NetworkPolicySpec, 2, 'The Pods affected and the traffic allowed.').written(),
  },
) {}
