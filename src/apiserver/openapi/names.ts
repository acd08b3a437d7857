import type { Operation } from './operation.ts'

interface GroupVersion {
  readonly group: string
  readonly version: string
}

/** A word with a capital: `v1` gives `V1`. */
export function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

/** The group's part of names: `rbac.authorization.k8s.io` gives `RbacAuthorization`, the core group `Core`. */
function groupName(group: string): string {
  if (group === '') return 'Core'
  return group
    .replace(/\.k8s\.io$/, '')
    .split(/[.-]/)
    .map(capital)
    .join('')
}

/** Such as `apps_v1`. */
export function tagOf({ group, version }: GroupVersion): string {
  const name = groupName(group)
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}_${version}`
}

/** Such as `readAppsV1NamespacedDeploymentScale`: a verb, where, and the rest. */
export function operationId(verb: string, { group, version }: GroupVersion, rest: string): string {
  return `${verb}${groupName(group)}${capital(version)}${rest}`
}

/** Groups without versions have a tag of their own. */
export function groupTag(group: string): Operation['tag'] {
  const name = groupName(group)
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}`
}

/** Such as `getAppsAPIGroup`. */
export function groupOperationId(verb: string, group: string, rest: string): string {
  return `${verb}${groupName(group)}${rest}`
}
