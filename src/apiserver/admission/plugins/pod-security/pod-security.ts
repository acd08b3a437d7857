import { Namespace } from '../../../../api/core/v1/namespace.ts'
import { Pod } from '../../../../api/core/v1/pod.ts'
import { equal } from '../../../../apimachinery/equality.ts'
import { invalid } from '../../../../apimachinery/status-error.ts'
import type { LiveObjects } from '../../../live/live-objects.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../plugin.ts'
import { isAbout, objectOf, oldObjectOf } from '../about.ts'
import { refusal } from '../refuse.ts'
import type { PodLike } from './check.ts'
import { existingPodWarnings } from './existing-pods.ts'
import { formatLevel, labelErrors, policyOf, type LevelAndVersion, type Policy } from './policy.ts'
import { formatViolations, violations } from './standards.ts'
import { templateOf } from './templates.ts'

/** Holds Pods to the standard that their namespace asks for: https://kubernetes.io/docs/concepts/security/pod-security-admission/ */
export function podSecurity(live: LiveObjects): AdmissionPlugin {
  return {
    name: 'PodSecurity',
    operations: ['CREATE', 'UPDATE'],
    async validate(attributes) {
      if (isAbout(attributes, Namespace)) return checkNamespace(attributes, live)
      const pod = podOf(attributes)
      if (!pod || (pod.enforced && isUnchanged(attributes))) return
      const namespace = await live.get(Namespace, { name: attributes.namespace })
      judge(attributes, pod, policyOf(namespace?.metadata.labels))
    },
  }
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
  return (
    equal(pod.spec, old.spec) &&
    equal(pod.metadata.annotations ?? {}, old.metadata.annotations ?? {})
  )
}

function judge(
  attributes: AdmissionAttributes,
  { pod, enforced }: Judged,
  { enforce, warn }: Policy,
): void {
  const refused = enforced ? problemsOf(pod, enforce) : ''
  if (refused !== '') {
    throw refusal(attributes, `violates PodSecurity "${formatLevel(enforce)}": ${refused}`)
  }
  const warned = problemsOf(pod, warn)
  if (warned !== '') {
    attributes.warn(`would violate PodSecurity "${formatLevel(warn)}": ${warned}`)
  }
}

function problemsOf(pod: PodLike, { level }: LevelAndVersion): string {
  return formatViolations(violations(level, pod))
}

async function checkNamespace(attributes: AdmissionAttributes, live: LiveObjects): Promise<void> {
  const { metadata } = objectOf(attributes, Namespace)
  const old = attributes.operation === 'UPDATE' ? oldObjectOf(attributes, Namespace) : undefined
  const [labels, before] = [metadata.labels ?? {}, old?.metadata.labels ?? {}]
  const errors = labelErrors(labels)
  // What was wrong before does not hinder other changes.
  if (errors.length > 0 && !equal(errors, labelErrors(before))) {
    throw invalid(Namespace, metadata.name, errors)
  }
  const [enforce, was] = [policyOf(labels).enforce, policyOf(before).enforce]
  if (!old || enforce.level === 'privileged' || equal(enforce, was)) return
  const pods = await live.list(Pod, metadata.name)
  for (const text of existingPodWarnings(metadata.name, enforce, pods)) attributes.warn(text)
}
