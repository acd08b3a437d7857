import { listOf, ref } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { ListMeta } from '../../meta/v1/object-meta.ts'
import { message } from './group.ts'

export class List extends message('A list of  objects.', {
  ...typeMeta,
  metadata: ref(
    ListMeta,
    1,
    'Standard list metadata: the version of the list, and where its next page starts.',
  ).written(),
  items: listOf('rawExtension', 2, 'The objects of this page of the list.').required(),
}) {}
