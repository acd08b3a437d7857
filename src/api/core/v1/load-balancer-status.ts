import { int32, listOf, string } from '../../../schema/field.ts'
import { message } from './group.ts'

export class PortStatus extends message('State of a Service port on a load balancer.', {
  port: int32(1, 'Number of the port of the Service that the status is about.').required(),
  protocol: string(2, 'Protocol of the port: TCP, UDP or SCTP.')
    .oneOf('TCP', 'UDP', 'SCTP')
    .required(),
  error: string(
    3,
    'Reason for a failure on the port, in CamelCase or with a domain prefix. Unset when it works.',
  ).pointer(),
}) {}

export class LoadBalancerIngress extends message(
  'One point at which a load balancer takes traffic for a Service.',
  {
    ip: string(1, 'Address of an IP-based load balancer.'),
    hostname: string(2, 'DNS name of a name-based load balancer.'),
    ipMode: string(
      3,
      'VIP keeps the load balancer address as destination; Proxy delivers to node or Pod addresses. Needs ip; defaults to VIP.',
    ).pointer(),
    ports: listOf(PortStatus, 4, 'State of each Service port on the load balancer.').atomic(),
  },
) {}

export class LoadBalancerStatus extends message('State of a load balancer.', {
  ingress: listOf(
    LoadBalancerIngress,
    1,
    'Points at which the load balancer takes traffic.',
  ).atomic(),
}) {}
