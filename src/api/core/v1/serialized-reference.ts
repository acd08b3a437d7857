import { ref } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { ObjectReference } from './reference.ts'
import { message } from './group.ts'

export class SerializedReference extends message('A reference to an object in serialized form.', {
  ...typeMeta,
  reference: ref(ObjectReference, 1, 'The object in the cluster that is meant.').written(),
}) {}
