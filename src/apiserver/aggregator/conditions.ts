import type { APIService, APIServiceCondition } from '../../api/apiregistration/v1/api-service.ts'
import { isConditionTrue, putCondition } from '../../api/meta/v1/conditions.ts'

/** What has been found out of whether an APIService can be reached. */
export type Finding = Pick<APIServiceCondition, 'status'> & {
  readonly reason: string
  readonly message: string
}

/** Whether its server could be reached when it was last asked. */
export function isAvailable({ status }: APIService): boolean {
  return isConditionTrue(status.conditions, 'Available')
}

/** The APIService with this finding as its condition Available; the same object where it says so already. */
export function withAvailable(service: APIService, finding: Finding, now: string): APIService {
  const before = service.status.conditions
  const condition = { type: 'Available', ...finding, lastTransitionTime: now }
  const conditions = putCondition<APIServiceCondition>(before, condition)
  if (conditions === before) return service
  return { ...service, status: { ...service.status, conditions } }
}
