import { listOf, ref } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { ListMeta } from '../../meta/v1/object-meta.ts'
import { APIGroupDiscovery } from './api-group-discovery.ts'
import { messagesOf } from '../../../schema/message.ts'

const message = messagesOf('io.k8s.api.apidiscovery.v2beta1')

export class APIGroupDiscoveryList extends message('A list of APIGroupDiscovery objects.', {
  ...typeMeta,
  metadata: ref(
    ListMeta,
    1,
    'Standard list metadata: the version of the list, and where its next page starts.',
  ).written(),
  items: listOf(APIGroupDiscovery, 2, 'The API groups, best first.').required(),
}) {}
