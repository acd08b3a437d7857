import { listOf, mapOf, ref, string } from '../../../schema/field.ts'
import { message, resource } from './group.ts'

export class LimitRangeItem extends message('Limits for one kind of object.', {
  type: string(
    1,
    'Kind of object the limits apply to: Pod, Container or PersistentVolumeClaim.',
  ).required(),
  max: mapOf('quantity', 2, 'Largest amount allowed, by resource.'),
  min: mapOf('quantity', 3, 'Smallest amount allowed, by resource.'),
  default: mapOf('quantity', 4, 'Limit given to a container that sets none, by resource.'),
  defaultRequest: mapOf(
    'quantity',
    5,
    'Request given to a container that sets none, by resource. Falls back to default.',
  ),
  maxLimitRequestRatio: mapOf(
    'quantity',
    6,
    'Largest allowed ratio of limit to request, by resource. Both must then be set and nonzero.',
  ),
}) {}

export class LimitRangeSpec extends message('Limits to enforce on objects of a namespace.', {
  limits: listOf(LimitRangeItem, 1, 'Limits per kind of object.').atomic().required(),
}) {}

export class LimitRange extends resource(
  'Default and allowed resource amounts for objects of a namespace.',
  { plural: 'limitranges', shortNames: ['limits'], namespaced: true },
  {
    spec: ref(LimitRangeSpec, 2, 'The limits and defaults for objects of the namespace.').written(),
  },
) {}
