import { duration, listOf, time } from '../../../schema/field.ts'
import { ContainerMetrics } from './common.ts'
import { resource } from './group.ts'

export class PodMetrics extends resource(
  'Resource usage of the containers of a Pod.',
  { plural: 'pods', namespaced: true, verbs: ['get', 'list'] },
  {
    timestamp: time(2, 'End of the interval that the figures cover.').requiredDropped(),
    window: duration(3, 'Length of the interval, which ends at timestamp.').required(),
    containers: listOf(ContainerMetrics, 4, 'Usage of each container, all over the same interval.')
      .atomic()
      .required(),
  },
) {}
