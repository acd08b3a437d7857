import { listOf, ref } from '../../../schema/field.ts'
import { Condition } from '../../meta/v1/common.ts'
import { message, resource } from './group.ts'

export class ServiceCIDRSpec extends message('The ranges of a ServiceCIDR.', {
  cidrs: listOf(
    'string',
    1,
    'One range, or one IPv4 and one IPv6 range. Cannot be changed.',
  ).atomic(),
}) {}

export class ServiceCIDRStatus extends message('The observed state of a ServiceCIDR.', {
  conditions: listOf(Condition, 1, 'The latest observed conditions, such as Ready.')
    .mapKeys('type')
    .patch('merge', 'type'),
}) {}

export class ServiceCIDR extends resource(
  'A range from which Services get their cluster IPs.',
  { plural: 'servicecidrs', namespaced: false, subresources: ['status'] },
  {
    spec: ref(
      ServiceCIDRSpec,
      2,
      'The ranges of addresses that Services get theirs from.',
    ).written(),
    status: ref(ServiceCIDRStatus, 3, 'Whether the ranges are in use.').written(),
  },
) {}
