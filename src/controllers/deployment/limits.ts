import type { Deployment } from '../../api/apps/v1/deployment.ts'
import { scaledValue } from '../../apimachinery/int-or-string.ts'

const DEFAULT = '25%'

/** How many Pods there may be above the wanted number during a rolling update. */
export function maxSurge(deployment: Deployment): number {
  return isRollingUpdate(deployment) ? limits(deployment).surge : 0
}

/** How many of the wanted Pods may be unavailable during a rolling update. */
export function maxUnavailable(deployment: Deployment): number {
  const { replicas } = deployment.spec
  if (!isRollingUpdate(deployment) || replicas === 0) return 0
  return Math.min(limits(deployment).unavailable, replicas)
}

export function isRollingUpdate({ spec }: Deployment): boolean {
  return spec.strategy.type === 'RollingUpdate'
}

// Small numbers may round both limits to nothing; then one Pod must give way, or the update could never begin.
function limits({ spec }: Deployment): { surge: number; unavailable: number } {
  const { maxSurge = DEFAULT, maxUnavailable = DEFAULT } = spec.strategy.rollingUpdate ?? {}
  const surge = scaledValue(maxSurge, spec.replicas, 'up')
  const unavailable = scaledValue(maxUnavailable, spec.replicas, 'down')
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable }
}
