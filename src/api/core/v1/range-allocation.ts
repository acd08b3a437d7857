import { bytes, ref, string } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { ObjectMeta } from '../../meta/v1/object-meta.ts'
import { message } from './group.ts'

export class RangeAllocation extends message(
  'Records which items of a range are taken. Used inside the API server; not served.',
  {
    ...typeMeta,
    metadata: ref(
      ObjectMeta,
      1,
      'Standard object metadata: name, namespace, labels and annotations.',
    ).written(),
    range: string(2, 'The range, such as a CIDR or a span of ports.').required(),
    data: bytes(3, 'Bitmap of the items that are taken.').required(),
  },
) {}
