import type { Job } from '../../api/batch/v1/job.ts'
import type { ContainerStatus } from '../../api/core/v1/common.ts'
import type { Pod } from '../../api/core/v1/pod.ts'

export type FailurePolicy = NonNullable<Job['spec']['podFailurePolicy']>
type Rule = FailurePolicy['rules'][number]

/** What the policy says of a failed Pod. */
export interface PolicyVerdict {
  /** Undefined where no rule speaks of it: then it counts. */
  readonly action: Rule['action'] | undefined
  /** Why, for `FailJob`. */
  readonly message: string
}

/** The first rule that matches a failed Pod decides. See https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy */
export function judgeFailure(policy: FailurePolicy | undefined, pod: Pod): PolicyVerdict {
  for (const [index, rule] of (policy?.rules ?? []).entries()) {
    const why = matchRule(rule, pod)
    if (why === undefined) continue
    return { action: rule.action, message: `${why} matching ${rule.action} rule at index ${index}` }
  }
  return { action: undefined, message: '' }
}

function matchRule({ onExitCodes, onPodConditions = [] }: Rule, pod: Pod): string | undefined {
  const where = `${pod.metadata.namespace}/${pod.metadata.name}`
  if (onExitCodes) {
    const container = containersOf(pod).find((each) => hasExitCode(each, onExitCodes))
    if (!container) return undefined
    const { exitCode } = container.state.terminated!
    return `Container ${container.name} for pod ${where} failed with exit code ${exitCode}`
  }
  const condition = pod.status.conditions?.find(({ type, status }) =>
    onPodConditions.some((pattern) => pattern.type === type && pattern.status === status),
  )
  return condition && `Pod ${where} has condition ${condition.type}`
}

function containersOf({ status }: Pod): readonly ContainerStatus[] {
  return [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])]
}

function hasExitCode(
  { name, state }: ContainerStatus,
  { containerName, operator, values }: NonNullable<Rule['onExitCodes']>,
): boolean {
  const { exitCode = 0 } = state.terminated ?? {}
  if (exitCode === 0) return false
  if (containerName !== undefined && containerName !== name) return false
  return values.includes(exitCode) === (operator === 'In')
}
