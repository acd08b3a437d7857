import { bool, listOf, ref, string, stringList } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { messagesOf } from '../../../schema/message.ts'

const message = messagesOf('io.k8s.apimachinery.pkg.apis.meta.v1')

export class GroupVersionForDiscovery extends message(
  'An API group and version, as shown by discovery.',
  {
    groupVersion: string(1, 'Group and version together, such as apps/v1.').required(),
    version: string(
      2,
      'The version alone, so that clients need not split groupVersion.',
    ).required(),
  },
) {}

export class ServerAddressByClientCIDR extends message(
  'The server address that clients of a network should use.',
  {
    clientCIDR: string(1, 'Network range of the clients that should use the address.').required(),
    serverAddress: string(2, 'Server address for them: host, host:port, IP or IP:port.').required(),
  },
) {}

export class APIGroup extends message('An API group and its versions, for discovery.', {
  ...typeMeta,
  name: string(1, 'Name of the group, such as apps. Empty for the core group.').required(),
  versions: listOf(GroupVersionForDiscovery, 2, 'Versions the server offers of the group.')
    .atomic()
    .required(),
  preferredVersion: ref(
    GroupVersionForDiscovery,
    3,
    'Version the server prefers, usually the most stable one.',
  ).written(),
  serverAddressByClientCIDRs: listOf(
    ServerAddressByClientCIDR,
    4,
    'Which server address clients of a network should use. Unset keeps the address in use.',
  ).atomic(),
}) {}

export class APIGroupList extends message('The API groups a server offers, for discovery.', {
  ...typeMeta,
  groups: listOf(
    APIGroup,
    1,
    'The API groups that the server offers, the core group not among them.',
  )
    .atomic()
    .required(),
}) {}

export class APIResource extends message('A resource of the API, for discovery.', {
  name: string(1, 'Plural name of the resource, or resource/subresource.').required(),
  singularName: string(
    6,
    'Singular name of the resource. May be empty; clients then derive it.',
  ).required(),
  namespaced: bool(2, 'Whether objects live in a namespace.').required(),
  group: string(8, 'API group, if other than that of the list, as for Scale.'),
  version: string(9, 'API version, if other than that of the list.'),
  kind: string(3, 'Kind of the objects, in CamelCase, such as Deployment.').required(),
  verbs: stringList(4, 'Supported verbs, such as get, list, watch and create.').required(),
  shortNames: listOf('string', 5, 'Short names for command lines, such as po.').atomic(),
  categories: listOf('string', 7, 'Categories the resource belongs to, such as all.').atomic(),
  storageVersionHash: string(
    10,
    'Hash of the version objects are stored in. Only to be compared for equality.',
  ),
}) {}

export class APIResourceList extends message(
  'The resources of one group and version, for discovery.',
  {
    ...typeMeta,
    groupVersion: string(1, 'Group and version the list is about.').required(),
    resources: listOf(APIResource, 2, 'The resources and subresources of the group and version.')
      .atomic()
      .required(),
  },
) {}

export class APIVersions extends message('Versions of the legacy API, for discovery at /api.', {
  ...typeMeta,
  versions: listOf('string', 1, 'Versions of the core group that the server offers, best first.')
    .atomic()
    .required(),
  serverAddressByClientCIDRs: listOf(
    ServerAddressByClientCIDR,
    2,
    'Which server address clients of a network should use.',
  )
    .atomic()
    .required(),
}) {}

export class GroupVersion extends message('An API group and a version.', {
  group: string(1, 'API group; empty for core.').required(),
  version: string(2, 'Version within the group, such as v1.').required(),
}) {}

export class GroupVersionKind extends message('An API group, version and kind.', {
  group: string(1, 'API group; empty for core.').required(),
  version: string(2, 'Version within the group, such as v1.').required(),
  kind: string(3, 'Kind of the object, in CamelCase, such as Pod.').required(),
}) {}

export class GroupVersionResource extends message('An API group, version and resource.', {
  group: string(1, 'API group; empty for core.').required(),
  version: string(2, 'Version within the group, such as v1.').required(),
  resource: string(3, 'Plural name of the resource, such as deployments.').required(),
}) {}

export class RootPaths extends message('The paths at the root of the server, for discovery.', {
  paths: listOf('string', 1, 'Paths that the server offers.').atomic().required(),
}) {}
