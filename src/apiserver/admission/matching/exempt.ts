import type { AdmissionAttributes } from '../plugin.ts'

const CONFIGURATIONS: readonly string[] = [
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'validatingwebhookconfigurations',
]

/** Who configures admission must always be able to undo it, so webhooks and policies are not asked. */
export function isConfiguration({ type }: AdmissionAttributes): boolean {
  const { group, plural } = type.resource
  return group === 'admissionregistration.k8s.io' && CONFIGURATIONS.includes(plural)
}

const REVIEWS: Readonly<Record<string, readonly string[]>> = {
  'authentication.k8s.io': ['selfsubjectreviews', 'tokenreviews'],
  'authorization.k8s.io': [
    'localsubjectaccessreviews',
    'selfsubjectaccessreviews',
    'selfsubjectrulesreviews',
    'subjectaccessreviews',
  ],
}

/** Reviews that the cluster cannot do without; policies are not asked about them. */
export function isReview({ type }: AdmissionAttributes): boolean {
  const { group, plural } = type.resource
  return REVIEWS[group]?.includes(plural) ?? false
}
