import type { Pod } from '../../api/core/v1/pod.ts'
import { isStaticPod } from '../static-pods/static-pod.ts'

/** That of system-cluster-critical; whatever has more is critical too. */
export const PRIORITY_CRITICAL = 2_000_000_000

/** Whether a Pod stays when there is little room: those of the node's own files, and those of system priority. */
export function isCriticalPod(pod: Pod): boolean {
  return isStaticPod(pod) || (pod.spec.priority ?? 0) >= PRIORITY_CRITICAL
}
