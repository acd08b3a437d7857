import type { APIService, APIServiceCondition } from '../../api/apiregistration/v1/api-service.ts'

/** What has been found out of whether an APIService can be reached. */
export type Finding = Pick<APIServiceCondition, 'status'> & {
  readonly reason: string
  readonly message: string
}

export function isConditionTrue({ status }: APIService, type: string): boolean {
  return status.conditions?.some((each) => each.type === type && each.status === 'True') ?? false
}

/** The APIService with this finding as its condition Available; the same object where it says so already. */
export function withAvailable(service: APIService, finding: Finding, now: string): APIService {
  const { conditions = [] } = service.status
  const old = conditions.find(({ type }) => type === 'Available')
  const isSame =
    old?.status === finding.status &&
    old.reason === finding.reason &&
    old.message === finding.message
  if (isSame) return service
  const since = old?.status === finding.status ? old.lastTransitionTime : now
  const condition: APIServiceCondition = {
    type: 'Available',
    ...finding,
    ...(since !== undefined && { lastTransitionTime: since }),
  }
  const rest = conditions.filter(({ type }) => type !== 'Available')
  return { ...service, status: { ...service.status, conditions: [...rest, condition] } }
}
