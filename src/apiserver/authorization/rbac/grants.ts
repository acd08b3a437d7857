import type { Rule } from '../../bootstrap-policy/rules.ts'
import type { AuthorizationAttributes } from '../authorizer.ts'

/** Something that is granted, and by what. */
interface Grant {
  /** The only names it holds for; all where undefined. */
  readonly names: ReadonlySet<string> | undefined
  readonly reason: string
}

type ByResource = Map<string, Grant[]>
type ByGroup = Map<string, ByResource>

/**
 * What one subject may do in one namespace, or everywhere, laid out so that a question is a few look-ups however many
 * rules there are:
 *
 *     get → apps → deployments → [all]
 *         → *    → * / scale   → [all]
 */
export class Grants {
  readonly #byVerb = new Map<string, ByGroup>()
  readonly #paths = new Map<string, { readonly path: string; readonly reason: string }[]>()
  /** What went wrong while the rules were gathered: roles that do not exist. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[] = []) {
    this.problems = problems
  }

  add(
    { verbs, apiGroups = [], resources = [], resourceNames = [], ...rest }: Rule,
    reason: string,
  ): void {
    const names = resourceNames.length === 0 ? undefined : new Set(resourceNames)
    for (const verb of verbs) {
      for (const group of apiGroups) {
        for (const resource of resources)
          this.#addResource(verb, group, resource, { names, reason })
      }
      for (const path of rest.nonResourceURLs ?? []) {
        this.#paths.getOrInsertComputed(verb, () => []).push({ path, reason })
      }
    }
  }

  /** By what it is allowed; undefined where it is not. */
  reasonFor(attributes: AuthorizationAttributes): string | undefined {
    const { verb } = attributes
    if (attributes.type === 'nonResource') {
      const { path } = attributes
      return this.#reasonForPath(verb, path) ?? this.#reasonForPath('*', path)
    }
    return this.#reasonForResource(verb, attributes) ?? this.#reasonForResource('*', attributes)
  }

  #addResource(verb: string, group: string, resource: string, grant: Grant): void {
    const grants = this.#byVerb
      .getOrInsertComputed(verb, () => new Map())
      .getOrInsertComputed(group, () => new Map())
      .getOrInsertComputed(resource, () => [])
    // One grant for all names makes the others idle.
    if (grants[0]?.names === undefined && grants.length > 0) return
    if (grant.names === undefined) grants.splice(0, grants.length, grant)
    else grants.push(grant)
  }

  #reasonForPath(verb: string, path: string): string | undefined {
    return this.#paths.get(verb)?.find((each) => matchesPath(each.path, path))?.reason
  }

  #reasonForResource(verb: string, attributes: ResourceAttributes): string | undefined {
    const byGroup = this.#byVerb.get(verb)
    if (!byGroup) return undefined
    return (
      reasonIn(byGroup.get(attributes.group), attributes) ?? reasonIn(byGroup.get('*'), attributes)
    )
  }
}

type ResourceAttributes = AuthorizationAttributes & { readonly type: 'resource' }

function reasonIn(
  byResource: ByResource | undefined,
  { resource, subresource, name }: ResourceAttributes,
): string | undefined {
  if (!byResource) return undefined
  const what = subresource === '' ? resource : `${resource}/${subresource}`
  return (
    reasonFor(byResource.get(what), name) ??
    (subresource === '' ? undefined : reasonFor(byResource.get(`*/${subresource}`), name)) ??
    reasonFor(byResource.get('*'), name)
  )
}

function reasonFor(grants: readonly Grant[] | undefined, name: string): string | undefined {
  return grants?.find(({ names }) => names === undefined || names.has(name))?.reason
}

/** A star stands for everything, or at the end of a path for any rest of it. */
function matchesPath(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true
  return pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1))
}
