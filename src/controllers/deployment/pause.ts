import type { Deployment } from '../../api/apps/v1/deployment.ts'
import { findCondition } from '../../api/meta/v1/conditions.ts'
import {
  condition,
  hasProgressDeadline,
  withCondition,
  type DeploymentStatus,
} from './deployment-status.ts'

/** The status after the Deployment was paused or resumed; undefined where it tells that already. */
export function pauseStatus(deployment: Deployment, now: string): DeploymentStatus | undefined {
  if (!hasProgressDeadline(deployment)) return undefined
  const { spec, status } = deployment
  const progress = findCondition(status.conditions, 'Progressing')
  // A failed rollout stays failed, paused or not.
  if (progress?.reason === 'ProgressDeadlineExceeded') return undefined
  const isTold = progress?.reason === 'DeploymentPaused'
  if (spec.paused && !isTold) {
    const added = condition(
      'Progressing',
      'Unknown',
      'DeploymentPaused',
      'Deployment is paused',
      now,
    )
    return withCondition(status, added)
  }
  if (!spec.paused && isTold) {
    const added = condition(
      'Progressing',
      'Unknown',
      'DeploymentResumed',
      'Deployment is resumed',
      now,
    )
    return withCondition(status, added)
  }
  return undefined
}
