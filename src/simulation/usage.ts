import type { Pod } from '../api/core/v1/pod.ts'

const PREFIXES = ['simulation.trierarch.io/usage-', 'kwok.x-k8s.io/usage-']

/**
 * What each container of a Pod uses, where the Pod says so itself, by the annotations `kwok.x-k8s.io/usage-cpu` and
 * `usage-memory`; undefined where it does not.
 */
export function usageOfPod({
  metadata: { annotations = {} },
}: Pod): Readonly<Record<string, string>> | undefined {
  const found = ['cpu', 'memory'].flatMap((resource) => {
    const prefix = PREFIXES.find((each) => annotations[each + resource] !== undefined)
    return prefix === undefined ? [] : [[resource, annotations[prefix + resource]!] as const]
  })
  return found.length > 0 ? Object.fromEntries(found) : undefined
}
