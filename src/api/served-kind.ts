import { compareVersions } from '../apimachinery/gvk.ts'
import type { ResourceClass } from '../schema/resource.ts'

/** The class of a kind that is not always served, in the best of the versions that are. */
export function servedKind<T>(
  served: readonly ResourceClass[],
  group: string,
  plural: string,
): ResourceClass<T> | undefined {
  const versions = served.filter(
    ({ resource }) => resource.group === group && resource.plural === plural,
  )
  const [best] = versions.toSorted((a, b) =>
    compareVersions(a.resource.version, b.resource.version),
  )
  // Versions of these kinds differ in nothing that is used of them.
  return best as ResourceClass<T> | undefined
}
