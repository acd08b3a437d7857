import type { Crypto } from '../../base/crypto.ts'
import { storageClassOf } from '../../api/resources.ts'
import {
  apiVersionOf,
  type ResourceClass,
  type ResourceInfo,
  type Subresource,
} from '../../schema/resource.ts'
import type { DiscoveredGroup, DiscoveredVersion } from './groups.ts'

/** meta/v1 APIVersions, for `/api`. The address is that under which the client reached the server. */
export function apiVersions(core: DiscoveredGroup | undefined, serverAddress: string) {
  return {
    kind: 'APIVersions',
    versions: (core?.versions ?? []).map(({ version }) => version),
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  }
}

/** meta/v1 APIGroupList, for `/apis`. */
export function apiGroupList(groups: readonly DiscoveredGroup[]) {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupOf) }
}

/** meta/v1 APIGroup, for `/apis/GROUP`. */
export function apiGroup(group: DiscoveredGroup) {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) }
}

function groupOf({ name, versions }: DiscoveredGroup) {
  const all = versions.map(({ version }) => ({
    groupVersion: apiVersionOf({ group: name, version }),
    version,
  }))
  return { name, versions: all, preferredVersion: all[0]! }
}

/** meta/v1 APIResourceList, for `/api/v1` and `/apis/GROUP/VERSION`. */
export function apiResourceList(
  group: string,
  { version, resources }: DiscoveredVersion,
  crypto: Crypto,
) {
  const all = resources.flatMap((type) => [
    apiResource(type, crypto),
    ...type.resource.subresources.map((each) => apiSubresource(type.resource, each)),
  ])
  return {
    kind: 'APIResourceList',
    // The core group had none in the first release, and clients have seen none ever since.
    ...(group !== '' && { apiVersion: 'v1' }),
    groupVersion: apiVersionOf({ group, version }),
    resources: all.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

function apiResource(type: ResourceClass, crypto: Crypto) {
  const { resource } = type
  return {
    name: resource.plural,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: resource.verbs.toSorted(),
    ...(resource.shortNames.length > 0 && { shortNames: resource.shortNames }),
    ...(resource.categories.length > 0 && { categories: resource.categories }),
    ...(isStored(resource) && { storageVersionHash: storageVersionHash(type, crypto) }),
  }
}

function apiSubresource(resource: ResourceInfo, { name, kind, verbs, ...of }: Subresource) {
  const isElsewhere = of.group !== resource.group || of.version !== resource.version
  return {
    name: `${resource.plural}/${name}`,
    singularName: '',
    namespaced: resource.namespaced,
    ...(isElsewhere && { group: of.group, version: of.version }),
    kind,
    verbs: verbs.toSorted(),
  }
}

// Reviews and bindings are answered, not kept.
function isStored({ verbs }: ResourceInfo): boolean {
  return verbs.includes('get') && verbs.includes('create')
}

/** Changes when objects come to be stored as another version: eight bytes of a hash of what they are stored as. */
function storageVersionHash(type: ResourceClass, crypto: Crypto): string {
  const { group, version, kind } = storageClassOf(type).resource
  return crypto.hash('sha256', `${group}/${version}/${kind}`).slice(0, 8).toBase64()
}
