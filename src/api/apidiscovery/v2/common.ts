import { listOf, ref, string } from '../../../schema/field.ts'
import { GroupVersionKind } from '../../meta/v1/discovery.ts'
import { messagesOf } from '../../../schema/message.ts'

const message = messagesOf('io.k8s.api.apidiscovery.v2')

export class APISubresourceDiscovery extends message(
  'What the server offers for one subresource.',
  {
    subresource: string(1, 'Name of the subresource, such as status or scale.').required(),
    responseKind: ref(
      GroupVersionKind,
      2,
      'Kind of the objects returned. May be unset when the subresource returns no object.',
    ),
    acceptedTypes: listOf(
      GroupVersionKind,
      3,
      'Kinds accepted in requests. Empty when the subresource takes none in particular.',
    ).mapKeys('group', 'version', 'kind'),
    verbs: listOf('string', 4, 'Actions supported, such as get, update or patch.').required().set(),
  },
) {}

export class APIResourceDiscovery extends message('What the server offers for one resource.', {
  resource: string(1, 'Plural name of the resource, used in URLs.').required(),
  responseKind: ref(
    GroupVersionKind,
    2,
    'Kind of the objects returned. Its group and version default to those of the discovery entry.',
  ),
  scope: string(3, 'Whether the resource is Cluster or Namespaced.').required(),
  singularResource: string(
    4,
    'Singular name of the resource. Clients can accept it in place of the plural.',
  ).required(),
  verbs: listOf('string', 5, 'Actions supported, such as get, list, watch or create.')
    .required()
    .set(),
  shortNames: listOf('string', 6, 'Short aliases of the resource, such as po.').set(),
  categories: listOf(
    'string',
    7,
    'Groups of resources that this one belongs to, such as all.',
  ).set(),
  subresources: listOf(
    APISubresourceDiscovery,
    8,
    'Subresources of the resource, such as status.',
  ).mapKeys('subresource'),
}) {}

export class APIVersionDiscovery extends message('The resources of one version of an API group.', {
  version: string(1, 'Name of the version, such as v1.').required(),
  resources: listOf(
    APIResourceDiscovery,
    2,
    'The resources that the server offers in this version.',
  ).mapKeys('resource'),
  freshness: string(
    3,
    'Current, or Stale when the server behind this version could not be reached lately.',
  ),
}) {}
