import { Namespace } from '../../../../api/core/v1/namespace.ts'
import { Pod } from '../../../../api/core/v1/pod.ts'
import type { MetricSet } from '../../../../base/metrics.ts'
import { aggregate } from '../../../../apimachinery/go-format.ts'
import { equal } from '../../../../apimachinery/equality.ts'
import { invalid } from '../../../../apimachinery/status-error.ts'
import { formatFieldError } from '../../../../schema/field-error.ts'
import type { LiveObjects } from '../../../live/live-objects.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../plugin.ts'
import { isAbout, objectOf, oldObjectOf } from '../about.ts'
import { refusal } from '../refuse.ts'
import type { PodLike } from './check.ts'
import { DEFAULT_SETTINGS, type PodSecuritySettings } from './configuration.ts'
import { existingPodWarnings } from './existing-pods.ts'
import {
  formatPolicy,
  isPrivileged,
  isStricter,
  labelErrors,
  policyOf,
  type Policy,
} from './policy.ts'
import { podSecurityMetrics, type PodSecurityMetrics } from './pod-security-metrics.ts'
import { isSignificantChange } from './significant-change.ts'
import { formatLevel, formatViolations, violations, type LevelAndVersion } from './standards.ts'
import { templateOf } from './templates.ts'

const ANNOTATIONS = 'pod-security.kubernetes.io/'

/** Holds Pods to the standard that their namespace asks for: https://kubernetes.io/docs/concepts/security/pod-security-admission/ */
export function podSecurity(
  live: LiveObjects,
  settings: PodSecuritySettings = DEFAULT_SETTINGS,
  set?: MetricSet,
): AdmissionPlugin {
  const metrics = podSecurityMetrics(set)
  return {
    name: 'PodSecurity',
    operations: ['CREATE', 'UPDATE'],
    async validate(attributes) {
      if (isAbout(attributes, Namespace)) return checkNamespace(attributes, live, settings)
      const pod = podOf(attributes)
      if (!pod || (pod.enforced && isUnchanged(attributes))) return
      const exempt = exemptionOf(attributes, pod.pod, settings)
      if (exempt !== undefined) {
        metrics?.exempted(attributes)
        return attributes.annotate?.(`${ANNOTATIONS}exempt`, exempt)
      }
      const namespace = await live.get(Namespace, { name: attributes.namespace })
      const { labels } = namespace?.metadata ?? {}
      const errors = labelErrors(labels)
      if (errors.length > 0) {
        const text = `Failed to parse policy: ${aggregate(errors.map(formatFieldError))}`
        attributes.annotate?.(`${ANNOTATIONS}error`, text)
        metrics?.failed(attributes)
      }
      judge(attributes, pod, policyOf(labels, settings.defaults), metrics)
    },
  }
}

/** Why a Pod is not held to any standard. */
function exemptionOf(
  { namespace, user }: AdmissionAttributes,
  { spec }: PodLike,
  { exemptions }: PodSecuritySettings,
): string | undefined {
  if (exemptions.namespaces.includes(namespace)) return 'namespace'
  if (exemptions.usernames.includes(user.name)) return 'user'
  return exemptions.runtimeClasses.includes(spec.runtimeClassName ?? '')
    ? 'runtimeClass'
    : undefined
}

interface Judged {
  readonly pod: PodLike
  /** A Pod itself can be refused; for templates there are only warnings. */
  readonly enforced: boolean
}

function podOf(attributes: AdmissionAttributes): Judged | undefined {
  if (isAbout(attributes, Pod) || isAbout(attributes, Pod, 'ephemeralcontainers')) {
    return { pod: objectOf(attributes, Pod), enforced: true }
  }
  const template = templateOf(attributes)
  return template && { pod: template, enforced: false }
}

function isUnchanged(attributes: AdmissionAttributes): boolean {
  if (attributes.operation === 'CREATE') return false
  const [pod, old] = [objectOf(attributes, Pod), oldObjectOf(attributes, Pod)]
  return !isSignificantChange(pod, old)
}

function judge(
  attributes: AdmissionAttributes,
  { pod, enforced }: Judged,
  { enforce, audit, warn }: Policy,
  metrics: PodSecurityMetrics | undefined,
): void {
  // Namespaces often say one standard for all three.
  const known = new Map<string, string>()
  const problemsOf = (standard: LevelAndVersion): string =>
    known.getOrInsertComputed(formatLevel(standard), () =>
      formatViolations(violations(standard, pod)),
    )
  const audited = attributes.annotate || metrics ? problemsOf(audit) : ''
  if (audited !== '') {
    metrics?.evaluated(attributes, 'deny', 'audit', audit)
    const text = `would violate PodSecurity "${formatLevel(audit)}": ${audited}`
    attributes.annotate?.(`${ANNOTATIONS}audit-violations`, text)
  }
  if (enforced) attributes.annotate?.(`${ANNOTATIONS}enforce-policy`, formatLevel(enforce))
  const refused = enforced ? problemsOf(enforce) : ''
  if (enforced)
    metrics?.evaluated(attributes, refused === '' ? 'allow' : 'deny', 'enforce', enforce)
  if (refused !== '') {
    throw refusal(attributes, `violates PodSecurity "${formatLevel(enforce)}": ${refused}`)
  }
  const warned = problemsOf(warn)
  if (warned !== '') {
    metrics?.evaluated(attributes, 'deny', 'warn', warn)
    attributes.warn(`would violate PodSecurity "${formatLevel(warn)}": ${warned}`)
  }
}

async function checkNamespace(
  attributes: AdmissionAttributes,
  live: LiveObjects,
  { defaults, exemptions }: PodSecuritySettings,
): Promise<void> {
  const { metadata } = objectOf(attributes, Namespace)
  const old = attributes.operation === 'UPDATE' ? oldObjectOf(attributes, Namespace) : undefined
  const [labels, before] = [metadata.labels ?? {}, old?.metadata.labels ?? {}]
  const errors = labelErrors(labels)
  // What was wrong before does not hinder other changes.
  if (errors.length > 0 && !equal(errors, labelErrors(before))) {
    throw invalid(Namespace, metadata.name, errors)
  }
  const [policy, was] = [policyOf(labels, defaults), policyOf(before, defaults)]
  if (old && !isTightened(policy.enforce, was.enforce)) return
  if (exemptions.namespaces.includes(metadata.name)) {
    if (isPrivileged(policy) || equal(policy, defaults)) return
    const text = formatPolicy(policy, labels)
    return attributes.warn(
      `namespace ${JSON.stringify(metadata.name)} is exempt from Pod Security, and the policy (${text}) will be ignored`,
    )
  }
  if (!old) return
  const pods = (await live.list(Pod, metadata.name)).filter(
    ({ spec }) => !exemptions.runtimeClasses.includes(spec.runtimeClassName ?? ''),
  )
  for (const text of existingPodWarnings(metadata.name, policy.enforce, pods)) attributes.warn(text)
}

/** Whether Pods that were fine may be fine no more. */
function isTightened(now: LevelAndVersion, was: LevelAndVersion): boolean {
  if (now.level === 'privileged' || equal(now, was)) return false
  return now.version !== was.version || isStricter(now.level, was.level)
}
