import { listOf, ref } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { ListMeta } from '../../meta/v1/object-meta.ts'
import { PodMetrics } from './pod-metrics.ts'
import { messagesOf } from '../../../schema/message.ts'

const message = messagesOf('io.k8s.metrics.pkg.apis.metrics.v1beta1')

export class PodMetricsList extends message('A list of PodMetrics objects.', {
  ...typeMeta,
  metadata: ref(
    ListMeta,
    1,
    'Standard list metadata: the version of the list, and where its next page starts.',
  ).written(),
  items: listOf(PodMetrics, 2, 'The metrics of each, for this page of the list.').required(),
}) {}
