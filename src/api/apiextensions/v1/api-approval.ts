import type { CustomResourceDefinition } from './custom-resource-definition.ts'

/** Tells that an API in a group of the project itself was approved, or why it was not (KEP-1111). */
export const APPROVED_ANNOTATION = 'api-approved.kubernetes.io'

const POLICY = 'see https://github.com/kubernetes/enhancements/pull/1111'

export interface ApiApproval {
  readonly state: 'approved' | 'bypassed' | 'missing' | 'invalid'
  readonly reason: string
}

/** Whether a definition has the approval that groups of the project need; undefined where its group needs none. */
export function apiApproval({
  metadata,
  spec,
}: Pick<CustomResourceDefinition, 'metadata' | 'spec'>): ApiApproval | undefined {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(spec.group)) return undefined
  const value = metadata.annotations?.[APPROVED_ANNOTATION] ?? ''
  const rule = `protected groups must have approval annotation "${APPROVED_ANNOTATION}"`
  if (value === '') return { state: 'missing', reason: `${rule}, ${POLICY}` }
  if (value.startsWith('unapproved')) {
    return { state: 'bypassed', reason: `not approved: ${JSON.stringify(value)}` }
  }
  const url = URL.parse(value)
  if (url?.host && url.protocol) return { state: 'approved', reason: `approved in ${value}` }
  const how = 'with either a URL or a reason starting with "unapproved"'
  return { state: 'invalid', reason: `${rule} ${how}, ${POLICY}` }
}
