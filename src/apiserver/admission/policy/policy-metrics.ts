import type { MetricSet } from '../../../base/metrics.ts'
import type { Check } from './validation.ts'

/** Counts what came of the expressions of validating policies, by upstream's names: those that held are not counted. */
export type CountCheck = (
  policy: string,
  binding: string,
  action: 'allow' | 'audit' | 'deny' | 'warn',
  check: Check,
) => void

const SECONDS = [0.0000005, 0.001, 0.01, 0.1, 1]
const LABELS = ['policy', 'policy_binding', 'error_type', 'enforcement_action']

export function policyMetrics(set: MetricSet | undefined): CountCheck {
  if (!set) return () => undefined
  const name = 'apiserver_validating_admission_policy_check'
  const checks = set.counter({
    name: `${name}_total`,
    help: '[BETA] Validation admission policy check total, labeled by policy and further identified by binding and enforcement action taken.',
    labels: LABELS,
  })
  const durations = set.histogram({
    name: `${name}_duration_seconds`,
    help: '[BETA] Validation admission latency for individual validation expressions in seconds, labeled by policy and further including binding and enforcement action taken.',
    labels: LABELS,
    buckets: SECONDS,
  })
  return (policy, binding, action, { errorType, seconds }) => {
    checks.with(policy, binding, errorType, action).inc()
    durations.with(policy, binding, errorType, action).observe(seconds)
  }
}
