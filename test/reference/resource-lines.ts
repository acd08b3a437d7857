import { apiVersionOf, type ResourceInfo } from '../../src/schema/resource.ts'

/** All that is compared of a kind in one version. */
export interface ResourceFacts extends Pick<
  ResourceInfo,
  | 'group'
  | 'version'
  | 'plural'
  | 'singular'
  | 'kind'
  | 'namespaced'
  | 'shortNames'
  | 'categories'
  | 'verbs'
  | 'subresources'
> {
  /** The group and version that its objects are stored as; none where they are not. */
  readonly storedAs: string | undefined
}

/**
 * Such as `apps/v1 deployments deployment Deployment namespaced deploy all Dcdglpuw apps/v1 status=Deployment:gpu`: the
 * fourth last is short names, then categories, verbs by their first letter (`D` for deletecollection), what it is stored
 * as, and subresources, with the group and version of what they take where that differs.
 */
export function resourceLine(facts: ResourceFacts): string {
  const subresources = facts.subresources.map(({ name, kind, verbs, ...of }) => {
    const isElsewhere = of.group !== facts.group || of.version !== facts.version
    return `${name}=${isElsewhere ? `${apiVersionOf(of)}.` : ''}${kind}:${letters(verbs)}`
  })
  return [
    apiVersionOf(facts),
    facts.plural,
    facts.singular,
    facts.kind,
    facts.namespaced ? 'namespaced' : 'cluster',
    facts.shortNames.join() || '-',
    facts.categories.join() || '-',
    letters(facts.verbs),
    facts.storedAs ?? '-',
    ...subresources.toSorted(),
  ].join(' ')
}

function letters(verbs: readonly string[]): string {
  const all = verbs.map((verb) => (verb === 'deletecollection' ? 'D' : verb.charAt(0)))
  return all.toSorted().join('')
}
