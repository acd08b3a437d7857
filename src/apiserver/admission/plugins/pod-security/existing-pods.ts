import type { Pod } from '../../../../api/core/v1/pod.ts'
import { formatLevel } from './policy.ts'
import { type LevelAndVersion, violations } from './standards.ts'

const PODS_MAX = 3000 // As many as upstream looks at, so that a change of labels stays quick.

/** Tells whoever makes a namespace stricter which of its Pods could not be made any more. */
export function existingPodWarnings(
  namespace: string,
  enforce: LevelAndVersion,
  pods: readonly Pod[],
): readonly string[] {
  const byReasons = new Map<string, string[]>()
  for (const pod of pods.slice(0, PODS_MAX)) {
    const reasons = violations(enforce, pod).map(({ reason }) => reason)
    if (reasons.length === 0) continue
    byReasons.getOrInsertComputed(reasons.join(', '), () => []).push(pod.metadata.name)
  }
  if (byReasons.size === 0) return []
  const heading = `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level "${formatLevel(enforce)}"`
  const details = [...byReasons].map(([reasons, names]) => `${describe(names)}: ${reasons}`)
  return [heading, ...details.toSorted()]
}

function describe(names: readonly string[]): string {
  const [first = ''] = names.toSorted()
  const others = names.length - 1
  if (others === 0) return first
  return `${first} (and ${others} other ${others === 1 ? 'pod' : 'pods'})`
}
