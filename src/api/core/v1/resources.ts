import { listOf, mapOf, string } from '../../../schema/field.ts'
import { message } from './group.ts'

export class ResourceClaim extends message('Names a claim of the Pod that a container uses.', {
  name: string(1, 'Name of an entry in spec.resourceClaims of the Pod.').required(),
  request: string(2, 'Request of the claim whose devices to use. Unset uses all of them.'),
}) {}

export class ResourceRequirements extends message('Compute resources requested and allowed.', {
  limits: mapOf('quantity', 1, 'Most that may be used, by resource.'),
  requests: mapOf(
    'quantity',
    2,
    'Least that is needed, by resource. Defaults to limits, if set. Must not exceed them.',
  ),
  claims: listOf(
    ResourceClaim,
    3,
    'ResourceClaims of the Pod that the container uses. Only for containers; cannot change.',
  ).mapKeys('name'),
}) {}

export class VolumeResourceRequirements extends message(
  'Storage requested and allowed for a volume.',
  {
    limits: mapOf('quantity', 1, 'Most storage allowed. Unset means no limit.'),
    requests: mapOf(
      'quantity',
      2,
      'Least storage needed. Defaults to limits, if set. Must not exceed them.',
    ),
  },
) {}
