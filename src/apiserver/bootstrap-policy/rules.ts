import type { PolicyRule } from '../../api/rbac/v1/common.ts'

/** A rule of a role, as plain data. */
export type Rule = Pick<PolicyRule, Extract<keyof PolicyRule, string>>

export const READ = 'get list watch'
export const WRITE = 'create delete deletecollection patch update'
export const READ_WRITE: string = `${READ} ${WRITE}`

/** What may be done with resources of one group or several. Verbs and resources are separated by spaces. */
export function rule(
  verbs: string,
  groups: string | readonly string[],
  resources: string,
  names: readonly string[] = [],
): Rule {
  return {
    verbs: words(verbs),
    apiGroups: typeof groups === 'string' ? [groups] : groups,
    resources: words(resources),
    ...(names.length > 0 && { resourceNames: names }),
  }
}

/** What may be done with paths that are no resources. */
export function paths(verbs: string, nonResourceURLs: readonly string[]): Rule {
  return { verbs: words(verbs), nonResourceURLs }
}

/** Everybody who tells of what they do. */
export const EVENTS: Rule = rule('create patch update', ['', 'events.k8s.io'], 'events')

function words(text: string): readonly string[] {
  return text.split(' ').toSorted()
}
