import type { Pod } from '../api/core/v1/pod.ts'

const PREFIXES = ['simulation.trierarch.io/usage-', 'kwok.x-k8s.io/usage-']

/** As kwok has it. */
const IDLE: Readonly<Record<string, string>> = { cpu: '1m', memory: '1Mi' }

/**
 * What each container of a Pod uses: what the Pod says itself, by the annotations `kwok.x-k8s.io/usage-cpu` and
 * `usage-memory` or ours, or next to nothing.
 */
export function usageOfPod({
  metadata: { annotations = {} },
}: Pod): Readonly<Record<string, string>> {
  const used = Object.entries(IDLE).map(([resource, idle]) => {
    const prefix = PREFIXES.find((each) => annotations[each + resource] !== undefined)
    return [resource, prefix === undefined ? idle : annotations[prefix + resource]!] as const
  })
  return Object.fromEntries(used)
}
