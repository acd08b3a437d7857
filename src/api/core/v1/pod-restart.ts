import type { Container, ContainerRestartRule } from './container.ts'
import type { PodSpec } from './pod-spec.ts'

type Restartable = Pick<Container, 'restartPolicy' | 'restartPolicyRules'>

/**
 * Whether a container that ended with this exit code is started again: by its own rules, else its own policy (KEP-5307),
 * else the Pod's.
 */
export function containerShouldRestart(
  { restartPolicy, restartPolicyRules }: Restartable,
  spec: Pick<PodSpec, 'restartPolicy'>,
  exitCode: number,
): boolean {
  if (restartPolicy !== undefined && restartPolicyRules?.some((rule) => applies(rule, exitCode)))
    return true
  const policy = restartPolicy ?? spec.restartPolicy
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)
}

function applies({ exitCodes }: ContainerRestartRule, exitCode: number): boolean {
  if (!exitCodes) return false
  const isListed = exitCodes.values?.includes(exitCode) ?? false
  return exitCodes.operator === 'In' ? isListed : !isListed
}
