import type { ResourceClass, ResourceInfo, Subresource } from '../../schema/resource.ts'
import type { DiscoveredGroup } from './groups.ts'

/** apidiscovery.k8s.io APIGroupDiscoveryList: all that is served, in one document (KEP-3352). */
export function aggregatedDiscovery(groups: readonly DiscoveredGroup[], version: 'v2' | 'v2beta1') {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      metadata: name === '' ? {} : { name },
      versions: versions.map((each) => ({
        version: each.version,
        resources: each.external?.described.resources ?? each.resources.map(resourceDiscovery),
        freshness: each.external?.described.freshness ?? 'Current',
      })),
    })),
  }
}

function resourceDiscovery({ resource }: ResourceClass) {
  const { plural, singular, shortNames, categories, namespaced, subresources } = resource
  return {
    resource: plural,
    responseKind: responseKind(resource, resource),
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs: resource.verbs.toSorted(),
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(subresources.length > 0 && {
      subresources: subresources.map((each) => ({
        subresource: each.name,
        responseKind: responseKind(each, resource),
        verbs: each.verbs.toSorted(),
      })),
    }),
  }
}

/** The kind, with group and version left empty where they are those of the entry. */
function responseKind(
  { group, version, kind }: Subresource | ResourceInfo,
  entry: ResourceInfo,
): { readonly group: string; readonly version: string; readonly kind: string } {
  const isSame = group === entry.group && version === entry.version
  return isSame ? { group: '', version: '', kind } : { group, version, kind }
}
