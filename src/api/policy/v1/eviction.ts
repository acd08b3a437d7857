import { ref } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { ObjectMeta } from '../../meta/v1/object-meta.ts'
import { DeleteOptions } from '../../meta/v1/options.ts'
import { message } from './group.ts'

export class Eviction extends message(
  'Asks to evict a Pod, subject to its PodDisruptionBudgets. Posted to the eviction subresource of the Pod.',
  {
    ...typeMeta,
    metadata: ref(
      ObjectMeta,
      1,
      'Standard object metadata: name, namespace, labels and annotations.',
    ).written(),
    deleteOptions: ref(DeleteOptions, 2, 'Options for deleting the Pod, such as the grace period.'),
  },
) {}
