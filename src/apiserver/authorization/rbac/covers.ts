import type { Rule } from '../../bootstrap-policy/rules.ts'

/**
 * What of `wanted` is not covered by `held`, as rules of one group, one resource and one verb each. The same verdict as
 * k8s.io/component-helpers/auth/rbac/validation, which escalation checks and the upkeep of the default roles share.
 */
export function uncovered(held: readonly Rule[], wanted: readonly Rule[]): readonly Rule[] {
  return wanted.flatMap(breakDown).filter((simple) => !held.some((rule) => covers(rule, simple)))
}

function breakDown({
  verbs,
  apiGroups = [],
  resources = [],
  resourceNames = [],
  nonResourceURLs = [],
}: Rule): readonly Rule[] {
  const ofResources = apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) => {
        const simple = { verbs: [verb], apiGroups: [group], resources: [resource] }
        if (resourceNames.length === 0) return [simple]
        return resourceNames.map((name) => ({ ...simple, resourceNames: [name] }))
      }),
    ),
  )
  const ofPaths = nonResourceURLs.flatMap((path) =>
    verbs.map((verb) => ({ verbs: [verb], nonResourceURLs: [path] })),
  )
  return [...ofResources, ...ofPaths]
}

function covers(held: Rule, simple: Rule): boolean {
  return (
    includesAll(held.verbs, simple.verbs) &&
    includesAll(held.apiGroups, simple.apiGroups) &&
    (simple.resources ?? []).every((each) => coversResource(held.resources ?? [], each)) &&
    coversNames(held.resourceNames ?? [], simple.resourceNames ?? []) &&
    (simple.nonResourceURLs ?? []).every((each) => coversPath(held.nonResourceURLs ?? [], each))
  )
}

function includesAll(held: readonly string[] = [], wanted: readonly string[] = []): boolean {
  return held.includes('*') || wanted.every((each) => held.includes(each))
}

function coversResource(held: readonly string[], resource: string): boolean {
  if (held.includes('*') || held.includes(resource)) return true
  const slash = resource.indexOf('/')
  return slash >= 0 && held.includes(`*${resource.slice(slash)}`)
}

function coversNames(held: readonly string[], wanted: readonly string[]): boolean {
  if (held.length === 0) return true
  return wanted.length > 0 && wanted.every((name) => held.includes(name))
}

/** Whether one of these paths, of which the last part may be a star, is the path or stands for it. */
export function coversPath(held: readonly string[], path: string): boolean {
  return held.some(
    (each) => each === path || (each.endsWith('*') && path.startsWith(each.slice(0, -1))),
  )
}
