import { duration, listOf, ref, time } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { ObjectMeta } from '../../meta/v1/object-meta.ts'
import { ContainerMetrics } from './common.ts'
import { messagesOf } from '../../../schema/message.ts'

const message = messagesOf('io.k8s.metrics.pkg.apis.metrics.v1beta1')

export class PodMetrics extends message('Resource usage of the containers of a Pod.', {
  ...typeMeta,
  metadata: ref(
    ObjectMeta,
    1,
    'Standard object metadata: name, namespace, labels and annotations.',
  ).written(),
  timestamp: time(2, 'End of the interval that the figures cover.').requiredDropped(),
  window: duration(3, 'Length of the interval, which ends at timestamp.').required(),
  containers: listOf(ContainerMetrics, 4, 'Usage of each container, all over the same interval.')
    .atomic()
    .required(),
}) {}
