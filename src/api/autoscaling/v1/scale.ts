import { int32, ref, string } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { ObjectMeta } from '../../meta/v1/object-meta.ts'
import { message } from './group.ts'

export class ScaleSpec extends message('The wanted size of a workload.', {
  replicas: int32(1, 'How many Pods to run. Defaults to 0.').default(0).told(),
}) {}

export class ScaleStatus extends message('The current size of a workload.', {
  replicas: int32(1, 'How many Pods were observed.').required(),
  selector: string(2, 'Label selector of the Pods, in query-string form.'),
}) {}

export class Scale extends message(
  'The size of a workload, read and set through its scale subresource.',
  {
    ...typeMeta,
    metadata: ref(
      ObjectMeta,
      1,
      'Standard object metadata: name, namespace, labels and annotations.',
    ).written(),
    spec: ref(ScaleSpec, 2, 'How many replicas are wanted.').written(),
    status: ref(ScaleStatus, 3, 'The current size. Read-only.').written(),
  },
) {}
