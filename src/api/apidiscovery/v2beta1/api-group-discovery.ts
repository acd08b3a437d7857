import { listOf, ref } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { ObjectMeta } from '../../meta/v1/object-meta.ts'
import { APIVersionDiscovery } from './common.ts'
import { messagesOf } from '../../../schema/message.ts'

const message = messagesOf('io.k8s.api.apidiscovery.v2beta1')

export class APIGroupDiscovery extends message(
  'The versions and resources of one API group. Its name is that of the group.',
  {
    ...typeMeta,
    metadata: ref(
      ObjectMeta,
      1,
      'Standard object metadata: name, namespace, labels and annotations.',
    ).written(),
    versions: listOf(
      APIVersionDiscovery,
      2,
      'Versions of the group, the most preferred first.',
    ).mapKeys('version'),
  },
) {}
