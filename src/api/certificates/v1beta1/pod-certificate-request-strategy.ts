import { dns1123SubdomainProblems } from '../../../apimachinery/names.ts'
import {
  forbidden,
  invalid,
  required,
  tooLong,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import type { ResourceClass } from '../../../schema/resource.ts'
import { preparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { eachAt, immutable, NONE, problemsAt } from '../../validation/rules.ts'
import { validateSignerName } from '../../validation/signer-name.ts'
import type {
  PodCertificateRequest,
  PodCertificateRequestSpec,
  PodCertificateRequestStatus,
} from './pod-certificate-request.ts'

const UID_MAX = 128
const SECONDS_MIN = 3600
const SECONDS_MAX = 7_862_400
/** What Kubernetes' own signers issue ends sooner. */
const OWN_SECONDS_MAX = 86_400
const OUTCOMES = ['Denied', 'Failed', 'Issued']

/** The rules of PodCertificateRequests (pkg/registry/certificates/podcertificaterequest/strategy.go, KEP-4317). */
export function podCertificateRequestStrategy(
  type: ResourceClass<PodCertificateRequest>,
): Strategy<PodCertificateRequest> {
  return {
    ...preparation(type),
    validateCreate: ({ spec }) => validateSpec(spec, 'spec'),
    validateUpdate: ({ spec }, old) => immutable(spec, old.spec, 'spec'),
    status: statusStrategy(({ status }, old) => validateStatus(status, old.status)),
    namespaceField: false,
    selectableFields: {
      'spec.signerName': ({ spec }) => spec.signerName,
      'spec.podName': ({ spec }) => spec.podName,
      'spec.nodeName': ({ spec }) => spec.nodeName,
    },
  }
}

function validateSpec(spec: PodCertificateRequestSpec, path: string): FieldError[] {
  const name = (field: 'nodeName' | 'podName' | 'serviceAccountName'): FieldError[] =>
    problemsAt(`${path}.${field}`, spec[field], dns1123SubdomainProblems(spec[field]))
  return [
    ...validateSignerName(spec.signerName, `${path}.signerName`),
    ...name('podName'),
    ...validateUid(spec.podUID, `${path}.podUID`),
    ...name('serviceAccountName'),
    ...validateUid(spec.serviceAccountUID, `${path}.serviceAccountUID`),
    ...name('nodeName'),
    ...validateUid(spec.nodeUID, `${path}.nodeUID`),
    ...validateSeconds(spec, `${path}.maxExpirationSeconds`),
    ...(spec.stubPKCS10Request
      ? NONE
      : [required(`${path}.stubPKCS10Request`, 'must be non-empty')]),
  ]
}

function validateUid(uid: string, path: string): FieldError[] {
  if (!uid) return [required(path, 'must not be empty')]
  return uid.length > UID_MAX ? [tooLong(path, UID_MAX)] : NONE
}

function validateSeconds(
  { maxExpirationSeconds: seconds, signerName }: PodCertificateRequestSpec,
  path: string,
): FieldError[] {
  const isOwn = /^(?:[^/]*\.)?kubernetes\.io\//.test(signerName)
  const max = isOwn ? OWN_SECONDS_MAX : SECONDS_MAX
  return seconds >= SECONDS_MIN && seconds <= max
    ? NONE
    : [invalid(path, seconds, `must be in the range [${SECONDS_MIN}, ${max}]`)]
}

/** A request has one outcome. From then on its status stays as it is. */
function validateStatus(
  status: PodCertificateRequestStatus,
  old: PodCertificateRequestStatus,
): FieldError[] {
  if (outcomeOf(old) !== undefined) return immutable(status, old, 'status')
  return [
    ...validateConditions(status, 'status.conditions'),
    ...(outcomeOf(status) === 'Issued' ? validateIssued(status) : validateNotIssued(status)),
  ]
}

function outcomeOf({ conditions }: PodCertificateRequestStatus): string | undefined {
  return conditions?.find(({ type }) => OUTCOMES.includes(type))?.type
}

function validateConditions(
  { conditions }: PodCertificateRequestStatus,
  path: string,
): FieldError[] {
  const text = 'There may be at most one condition with type "Issued", "Denied", or "Failed"'
  return eachAt(conditions, path, ({ type, status }, at, i) => [
    ...(OUTCOMES.includes(type) ? NONE : [unsupported(`${at}.type`, type, OUTCOMES)]),
    ...(i > 0 ? [invalid(`${at}.type`, type, text)] : NONE),
    ...(status === 'True' ? NONE : [unsupported(`${at}.status`, status, ['True'])]),
  ])
}

function validateNotIssued(status: PodCertificateRequestStatus): FieldError[] {
  const fields = ['certificateChain', 'notBefore', 'beginRefreshAt', 'notAfter'] as const
  const text = 'must not be set unless the "Issued" condition is present'
  return fields.flatMap((field) => (status[field] ? [forbidden(`status.${field}`, text)] : NONE))
}

function validateIssued(status: PodCertificateRequestStatus): FieldError[] {
  const { certificateChain, notBefore, beginRefreshAt, notAfter } = status
  const missing = (['certificateChain', 'notBefore', 'beginRefreshAt', 'notAfter'] as const).filter(
    (field) => !status[field],
  )
  if (missing.length > 0 || !certificateChain || !notBefore || !beginRefreshAt || !notAfter)
    return missing.map((field) => required(`status.${field}`, 'must be present'))
  return [
    ...(Date.parse(beginRefreshAt) < Date.parse(notBefore)
      ? [invalid('status.beginRefreshAt', beginRefreshAt, 'must not be before notBefore')]
      : NONE),
    ...(Date.parse(beginRefreshAt) > Date.parse(notAfter)
      ? [invalid('status.beginRefreshAt', beginRefreshAt, 'must not be after notAfter')]
      : NONE),
  ]
}
