import type { MetricSet } from '../../../../base/metrics.ts'
import { KUBERNETES_VERSION } from '../../../http/version.ts'
import type { AdmissionAttributes } from '../../plugin.ts'
import type { LevelAndVersion } from './standards.ts'

/** Counts what Pod Security does, by upstream's names. */
export interface PodSecurityMetrics {
  evaluated(
    attributes: AdmissionAttributes,
    decision: 'allow' | 'deny',
    mode: 'enforce' | 'audit' | 'warn',
    standard: LevelAndVersion,
  ): void
  exempted(attributes: AdmissionAttributes): void
  /** The labels of a namespace could not be read. */
  failed(attributes: AdmissionAttributes): void
}

const ABOUT = ['request_operation', 'resource', 'subresource']
const MINOR = Number(KUBERNETES_VERSION.minor)

export function podSecurityMetrics(set: MetricSet | undefined): PodSecurityMetrics | undefined {
  if (!set) return undefined
  const evaluations = set.counter({
    name: 'pod_security_evaluations_total',
    help: '[ALPHA] Number of policy evaluations that occurred, not counting ignored or exempt requests.',
    labels: ['decision', 'policy_level', 'policy_version', 'mode', ...ABOUT],
  })
  const exemptions = set.counter({
    name: 'pod_security_exemptions_total',
    help: '[ALPHA] Number of exempt requests, not counting ignored or out of scope requests.',
    labels: ABOUT,
  })
  const errors = set.counter({
    name: 'pod_security_errors_total',
    help: '[ALPHA] Number of errors preventing normal evaluation. Non-fatal errors may result in the latest restricted profile being used for evaluation.',
    labels: ['fatal', ...ABOUT],
  })
  return {
    evaluated(attributes, decision, mode, { level, version }) {
      // Later versions have no checks yet.
      const known = version === 'latest' || Number(version.slice('v1.'.length)) <= MINOR
      const shown = known ? version : 'future'
      evaluations.with(decision, level, shown, mode, ...aboutOf(attributes)).inc()
    },
    exempted: (attributes) => exemptions.with(...aboutOf(attributes)).inc(),
    failed: (attributes) => errors.with('false', ...aboutOf(attributes)).inc(),
  }
}

function aboutOf({ operation, type, subresource }: AdmissionAttributes): readonly string[] {
  const { group, plural } = type.resource
  const what = group === '' && plural === 'pods' ? 'pod' : 'controller'
  return [operation.toLowerCase(), what, subresource]
}
