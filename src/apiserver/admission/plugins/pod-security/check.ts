import type { AnyContainer } from '../../../../api/core/v1/pod-containers.ts'
import { containersOf } from '../../../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../../../api/core/v1/pod.ts'

/** What a check looks at: a Pod, or the template of one. */
export type PodLike = Pick<Pod, 'metadata' | 'spec'>

/** What is wrong with a Pod, in a few words, and where. */
export interface Violation {
  readonly reason: string
  readonly detail: string
}

/** One rule of the Pod Security Standards; undefined where the Pod keeps it. */
export type Check = (pod: PodLike) => Violation | undefined

/** A rule as it came to be: of the forms that are not younger than the version asked for, the last one counts. */
export interface VersionedCheck {
  readonly id: string
  readonly forms: readonly CheckForm[]
}

export interface CheckForm {
  /** The minor version of Kubernetes that brought it. */
  readonly since: number
  readonly check: Check
  /** The rule of `baseline` that this one, of `restricted`, stands in for. */
  readonly overrides?: string
}

export function allContainers({ spec }: PodLike): readonly AnyContainer[] {
  return containersOf(spec).map(([container]) => container)
}

/** `"a", "b"`. */
export function quoted(values: Iterable<string>): string {
  return [...values].map((each) => JSON.stringify(each)).join(', ')
}

export function plural(one: string, many: string, count: number): string {
  return count === 1 ? one : many
}

/** `container "a"`, `containers "a", "b"`. */
export function containerNames(containers: readonly Pick<AnyContainer, 'name'>[]): string {
  const names = containers.map(({ name }) => name)
  return `${plural('container', 'containers', names.length)} ${quoted(names)}`
}

/** The Pod, some containers, or both, as those who set something: `pod and container "a"`. */
export function setters(podDoes: boolean, containers: readonly AnyContainer[]): string {
  const parts = [
    ...(podDoes ? ['pod'] : []),
    ...(containers.length > 0 ? [containerNames(containers)] : []),
  ]
  return parts.join(' and ')
}

/** The check for all Pods but those where being root is being nobody on the node (KEP-127). */
export function unlessUserNamespace(check: Check): Check {
  return (pod) => (pod.spec.hostUsers === false ? undefined : check(pod))
}

/** Whether the Pod is for Windows, where most of what Linux knows means nothing. */
function isWindows({ spec }: PodLike): boolean {
  return spec.os?.name === 'windows'
}

export function unlessWindows(check: Check): Check {
  return (pod) => (isWindows(pod) ? undefined : check(pod))
}
