import { ref } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { ObjectMeta } from '../../meta/v1/object-meta.ts'
import { PodStatus } from './common.ts'
import { message } from './group.ts'

export class PodStatusResult extends message(
  'Holds a Pod status for components that cannot read the whole Pod.',
  {
    ...typeMeta,
    metadata: ref(
      ObjectMeta,
      1,
      'Standard object metadata: name, namespace, labels and annotations.',
    ).written(),
    status: ref(PodStatus, 2, 'How far the Pod has come, and what its containers do.').written(),
  },
) {}
