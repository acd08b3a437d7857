/** apidiscovery.k8s.io APIGroupDiscoveryList, as far as it is read. */
export interface GroupList {
  readonly kind: 'APIGroupDiscoveryList'
  readonly items: readonly {
    readonly metadata: { readonly name?: string }
    readonly versions: readonly {
      readonly version: string
      readonly resources?: readonly object[]
    }[]
  }[]
}

/** meta/v1 APIResourceList, as far as it is read. */
export interface ResourceList {
  readonly resources: readonly ListedResource[]
}

interface ListedResource {
  readonly name: string
  readonly singularName?: string
  readonly namespaced?: boolean
  readonly group?: string
  readonly version?: string
  readonly kind: string
  readonly verbs?: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
}

interface GroupVersion {
  readonly group: string
  readonly version: string
}

/** Brings the classic list of a version into the form of aggregated discovery, where subresources lie in their resource. */
export function resourcesOf(
  listed: readonly ListedResource[],
  at: GroupVersion,
): readonly object[] {
  const parts = Map.groupBy(
    listed.filter(({ name }) => name.includes('/')),
    ({ name }) => name.slice(0, name.indexOf('/')),
  )
  return listed
    .filter(({ name }) => !name.includes('/'))
    .map((each) => {
      const subresources = (parts.get(each.name) ?? []).map((part) => ({
        subresource: part.name.slice(part.name.indexOf('/') + 1),
        responseKind: kindOf(part, at),
        verbs: part.verbs ?? [],
      }))
      return {
        resource: each.name,
        responseKind: kindOf(each, at),
        scope: each.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: each.singularName ?? '',
        verbs: each.verbs ?? [],
        ...(each.shortNames && { shortNames: each.shortNames }),
        ...(each.categories && { categories: each.categories }),
        ...(subresources.length > 0 && { subresources }),
      }
    })
}

function kindOf({ group, version, kind }: ListedResource, at: GroupVersion): object {
  return { group: group || at.group, version: version || at.version, kind }
}
