import { duration, mapOf, time } from '../../../schema/field.ts'
import { resource } from './group.ts'

export class NodeMetrics extends resource(
  'Resource usage of a node.',
  { plural: 'nodes', namespaced: false, verbs: ['get', 'list'] },
  {
    timestamp: time(2, 'End of the interval that the figures cover.').requiredDropped(),
    window: duration(3, 'Length of the interval, which ends at timestamp.').required(),
    usage: mapOf(
      'quantity',
      4,
      'Usage of each resource, with memory as the working set.',
    ).required(),
  },
) {}
