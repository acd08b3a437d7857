import type { Pod } from '../../../../api/core/v1/pod.ts'
import { controllerOf } from '../../../../apimachinery/owner-references.ts'
import { formatLevel, type LevelAndVersion, violations } from './standards.ts'

const PODS_MAX = 3000 // As many as upstream looks at, so that a change of labels stays quick.

/** Tells whoever makes a namespace stricter which of its Pods could not be made any more. */
export function existingPodWarnings(
  namespace: string,
  enforce: LevelAndVersion,
  pods: readonly Pod[],
): readonly string[] {
  const looked = oneOfEachFirst(pods).slice(0, PODS_MAX)
  const limited =
    looked.length < pods.length
      ? [
          `new PodSecurity enforce level only checked against the first ${looked.length} of ${pods.length} existing pods`,
        ]
      : []
  return [...limited, ...violationsOf(namespace, enforce, looked)]
}

/** Pods of one controller are alike: another one of them comes after one of each. */
function oneOfEachFirst(pods: readonly Pod[]): readonly Pod[] {
  const seen = new Set<string>()
  const more: Pod[] = []
  const first = pods.filter((pod) => {
    const uid = controllerOf(pod)?.uid
    if (uid === undefined || !seen.has(uid)) {
      if (uid !== undefined) seen.add(uid)
      return true
    }
    more.push(pod)
    return false
  })
  return [...first, ...more]
}

function violationsOf(
  namespace: string,
  enforce: LevelAndVersion,
  pods: readonly Pod[],
): readonly string[] {
  const byReasons = new Map<string, string[]>()
  for (const pod of pods) {
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
