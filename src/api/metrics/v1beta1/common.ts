import { mapOf, string } from '../../../schema/field.ts'
import { message } from './group.ts'

export class ContainerMetrics extends message('Resource usage of one container.', {
  name: string(1, 'Name of the container, as in the spec of the Pod.').required(),
  usage: mapOf('quantity', 2, 'Usage of each resource, with memory as the working set.').required(),
}) {}
