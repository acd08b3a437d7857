import type { Crypto } from '../../base/crypto.ts'
import { storageClassOf } from '../../api/resources.ts'
import { apiVersionOf, type ResourceClass, type ResourceInfo } from '../../schema/resource.ts'

/** A group as discovery tells it: versions best first, with what is served in each. */
export interface DiscoveredGroup {
  readonly name: string
  readonly versions: readonly {
    readonly version: string
    readonly resources: readonly ResourceClass[]
  }[]
}

/** Files the types that are served under their groups and versions, in the order in which they come. */
export function groupsOf(types: readonly ResourceClass[]): readonly DiscoveredGroup[] {
  const groups = new Map<string, Map<string, ResourceClass[]>>()
  for (const type of types) {
    const { group, version } = type.resource
    const versions = groups.get(group) ?? new Map<string, ResourceClass[]>()
    groups.set(group, versions)
    versions.set(version, [...(versions.get(version) ?? []), type])
  }
  return [...groups].map(([name, versions]) => ({
    name,
    versions: [...versions].map(([version, resources]) => ({
      version,
      resources: resources.toSorted(byPlural),
    })),
  }))
}

/** meta/v1 APIGroup. */
export function apiGroup({ name, versions }: DiscoveredGroup) {
  const all = versions.map(({ version }) => ({
    groupVersion: apiVersionOf({ group: name, version }),
    version,
  }))
  return { name, versions: all, preferredVersion: all[0]! }
}

/** meta/v1 APIResourceList of one version of a group. */
export function apiResourceList(
  groupVersion: string,
  types: readonly ResourceClass[],
  crypto: Crypto,
) {
  const resources = types.flatMap((type) => [apiResource(type, crypto), ...subresources(type)])
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion,
    resources: resources.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

function apiResource(type: ResourceClass, crypto: Crypto) {
  const { resource } = type
  return {
    name: resource.plural,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: sorted(resource.verbs),
    ...(resource.shortNames.length > 0 && { shortNames: resource.shortNames }),
    ...(resource.categories.length > 0 && { categories: resource.categories }),
    ...(isStored(resource) && { storageVersionHash: storageVersionHash(type, crypto) }),
  }
}

function subresources({ resource }: ResourceClass) {
  return resource.subresources.map(({ name, group, version, kind, verbs }) => ({
    name: `${resource.plural}/${name}`,
    singularName: '',
    namespaced: resource.namespaced,
    ...((group !== resource.group || version !== resource.version) && { group, version }),
    kind,
    verbs: sorted(verbs),
  }))
}

// Reviews and bindings are answered, not kept.
function isStored({ verbs }: ResourceInfo): boolean {
  return verbs.includes('get') && verbs.includes('create')
}

/** Changes when objects come to be stored as another version: eight bytes of a hash of what they are stored as. */
function storageVersionHash(type: ResourceClass, crypto: Crypto): string {
  const { group, version, kind } = storageClassOf(type).resource
  const hash = crypto.hash('sha256', new TextEncoder().encode(`${group}/${version}/${kind}`))
  return hash.slice(0, 8).toBase64()
}

/** apidiscovery.k8s.io APIGroupDiscoveryList (KEP-3352). */
export function aggregatedDiscovery(groups: readonly DiscoveredGroup[], version: 'v2' | 'v2beta1') {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      metadata: { ...(name !== '' && { name }), creationTimestamp: null },
      versions: versions.map((each) => ({
        version: each.version,
        resources: each.resources.map(resourceDiscovery),
        freshness: 'Current',
      })),
    })),
  }
}

function resourceDiscovery({ resource }: ResourceClass) {
  const { group, version, kind, plural, singular, shortNames, categories, namespaced, verbs } =
    resource
  const scope = namespaced ? 'Namespaced' : 'Cluster'
  return {
    resource: plural,
    responseKind: { group, version, kind },
    scope,
    singularResource: singular,
    verbs: sorted(verbs),
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(resource.subresources.length > 0 && {
      subresources: resource.subresources.map((each) => ({
        subresource: each.name,
        responseKind: { group: each.group, version: each.version, kind: each.kind },
        verbs: sorted(each.verbs),
      })),
    }),
  }
}

function byPlural(a: ResourceClass, b: ResourceClass): number {
  return a.resource.plural < b.resource.plural ? -1 : 1
}

function sorted(texts: readonly string[]): readonly string[] {
  return texts.toSorted((a, b) => (a < b ? -1 : 1))
}
