import { timestamp } from '../../../base/clock.ts'
import { quote } from '../../../apimachinery/go-format.ts'
import { equal } from '../../../apimachinery/equality.ts'
import {
  duplicate,
  forbidden,
  invalid,
  required,
  type FieldError,
} from '../../../schema/field-error.ts'
import { changeField, withField, withFields } from '../../change.ts'
import { keepField } from '../../preparation.ts'
import type { Strategy, StrategyContext, UpdateStrategy, UserInfo } from '../../strategy.ts'
import { isDerSequence, pemBlocks } from '../../validation/pem.ts'
import { eachAt, NONE, oneOf, requiredOneOf } from '../../validation/rules.ts'
import { validateSignerName } from '../../validation/signer-name.ts'
import {
  CertificateSigningRequest,
  type CertificateSigningRequestCondition,
  type CertificateSigningRequestSpec,
} from './certificate-signing-request.ts'

const SECONDS_MIN = 600
const LEGACY_SIGNER = 'kubernetes.io/legacy-unknown'
const CONDITIONS = 'status.conditions'
const CERTIFICATE = 'status.certificate'
const TRUE_ONLY = ['Approved', 'Denied', 'Failed']
const STATUSES = ['False', 'True', 'Unknown']

/**
 * The rules of CertificateSigningRequests (pkg/registry/certificates/certificates/strategy.go). Whether the request is
 * signed with its own key is not looked at here: that takes cryptography, and the signers look at it.
 */
export const certificateSigningRequestStrategy: Strategy<CertificateSigningRequest> = {
  prepareForCreate: (request, { user }) =>
    withFields(request, { spec: { ...request.spec, ...requester(user) }, status: {} }),
  prepareForUpdate: (request, old) => keepField(keepField(request, old, 'spec'), old, 'status'),
  validateCreate: (request) => validateRequest(request),
  validateUpdate: (request, old) => validateChange(request, old, {}),
  // Nobody cares how it is called.
  validateName: () => [],
  status: {
    prepareForUpdate: (request, old, context) =>
      withTimes(withOldApproval(keepField(request, old, 'spec'), old), old, context),
    validateUpdate: (request, old) => validateChange(request, old, { maySetCertificate: true }),
  },
  subresources: {
    approval: {
      prepareForUpdate: (request, old, context) => {
        const kept = changeField(request, 'status', (status) =>
          withField(status, 'certificate', old.status.certificate),
        )
        return withTimes(keepField(kept, old, 'spec'), old, context)
      },
      validateUpdate: (request, old) => validateChange(request, old, { mayApprove: true }),
    } satisfies UpdateStrategy<CertificateSigningRequest>,
  },
  selectableFields: { 'spec.signerName': ({ spec }) => spec.signerName },
}

function requester({ name, uid, groups, extra }: UserInfo): Partial<CertificateSigningRequestSpec> {
  return {
    username: name,
    ...(uid !== undefined && { uid }),
    ...(groups.length > 0 && { groups }),
    ...(extra && { extra }),
  }
}

// A status update must not approve or deny: what is there of that stays as it was.
function withOldApproval(
  request: CertificateSigningRequest,
  old: CertificateSigningRequest,
): CertificateSigningRequest {
  return changeField(request, 'status', (status) =>
    changeField(status, 'conditions', (conditions) => {
      const before = (type: string) => old.status.conditions?.filter((each) => each.type === type)
      return conditions.map((condition) => {
        if (condition.type !== 'Approved' && condition.type !== 'Denied') return condition
        const same = conditions.filter(({ type }) => type === condition.type)
        const olds = before(condition.type) ?? []
        return same.length === olds.length ? olds[same.indexOf(condition)]! : condition
      })
    }),
  )
}

function withTimes(
  request: CertificateSigningRequest,
  old: CertificateSigningRequest,
  { clock }: StrategyContext,
): CertificateSigningRequest {
  const now = timestamp(clock)
  const sinceOf = ({ type, status }: CertificateSigningRequestCondition): string =>
    old.status.conditions?.find((each) => each.type === type && each.status === status)
      ?.lastTransitionTime ?? now
  return changeField(request, 'status', (status) =>
    changeField(status, 'conditions', (conditions) =>
      conditions.map((condition) =>
        withFields(condition, {
          lastUpdateTime: condition.lastUpdateTime ?? now,
          lastTransitionTime: condition.lastTransitionTime ?? sinceOf(condition),
        }),
      ),
    ),
  )
}

function validateRequest(
  request: CertificateSigningRequest,
  old?: CertificateSigningRequest,
): FieldError[] {
  const { spec, status } = request
  const isTouched = !old || status.certificate !== old.status.certificate
  return [
    ...validateSpec(spec, 'spec', old?.spec.signerName === LEGACY_SIGNER),
    ...validateConditions(status.conditions, CONDITIONS),
    ...(isTouched && status.certificate ? validateCertificate(status.certificate) : NONE),
  ]
}

function validateSpec(
  spec: CertificateSigningRequestSpec,
  path: string,
  mayBeLegacy: boolean,
): FieldError[] {
  const { request, usages = [], signerName, expirationSeconds: seconds } = spec
  const at = `${path}.usages`
  const problem = requestProblem(request)
  return [
    ...(problem === undefined ? NONE : [invalid(`${path}.request`, request, problem)]),
    ...(usages.length === 0 ? [required(at)] : NONE),
    ...eachAt(usages, at, (usage, usagePath) => oneOf(usage, USAGES, usagePath)),
    ...eachAt(usages, at, (usage, usagePath, i) =>
      usages.indexOf(usage) < i ? [duplicate(usagePath, usage)] : NONE,
    ),
    ...(signerName === LEGACY_SIGNER && !mayBeLegacy
      ? [
          invalid(
            `${path}.signerName`,
            signerName,
            'the legacy signerName is not allowed via this API version',
          ),
        ]
      : validateSignerName(signerName, `${path}.signerName`)),
    ...(seconds !== undefined && seconds < SECONDS_MIN
      ? [
          invalid(
            `${path}.expirationSeconds`,
            seconds,
            'may not specify a duration less than 600 seconds (10 minutes)',
          ),
        ]
      : NONE),
  ]
}

const USAGES: readonly string[] = [
  ...(CertificateSigningRequest.fields['spec']!.info.of!().fields['usages']!.info.enum ?? []),
].toSorted()

function requestProblem(request: string): string | undefined {
  const [block] = pemBlocks(request)
  if (block?.type !== 'CERTIFICATE REQUEST') return 'PEM block type must be CERTIFICATE REQUEST'
  return isDerSequence(block.bytes) ? undefined : 'asn1: structure error: malformed request'
}

function validateConditions(
  conditions: readonly CertificateSigningRequestCondition[] | undefined,
  path: string,
): FieldError[] {
  const seen = new Set<string>()
  return eachAt(conditions, path, ({ type, status }, at) => {
    const isTwice = seen.has(type)
    const isContrary =
      (type === 'Approved' && seen.has('Denied')) || (type === 'Denied' && seen.has('Approved'))
    seen.add(type)
    return [
      ...(type ? NONE : [required(`${at}.type`)]),
      ...requiredOneOf(status, TRUE_ONLY.includes(type) ? ['True'] : STATUSES, `${at}.status`),
      ...(isContrary
        ? [invalid(`${at}.type`, type, 'Approved and Denied conditions are mutually exclusive')]
        : NONE),
      ...(isTwice ? [duplicate(`${at}.type`, type)] : NONE),
    ]
  })
}

function validateCertificate(certificate: string): FieldError[] {
  const problem = certificateProblem(certificate)
  return problem === undefined ? NONE : [invalid(CERTIFICATE, '<certificate data>', problem)]
}

function certificateProblem(certificate: string): string | undefined {
  const blocks = pemBlocks(certificate)
  const other = blocks.find(({ type }) => type !== 'CERTIFICATE')
  if (other) return `only CERTIFICATE PEM blocks are allowed, found ${quote(other.type)}`
  if (blocks.some(({ hasHeaders }) => hasHeaders)) return 'no PEM block headers are permitted'
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block'
  return blocks.every(({ bytes }) => isDerSequence(bytes))
    ? undefined
    : 'x509: malformed certificate'
}

interface Permissions {
  readonly maySetCertificate?: boolean
  readonly mayApprove?: boolean
}

function validateChange(
  request: CertificateSigningRequest,
  old: CertificateSigningRequest,
  { maySetCertificate = false, mayApprove = false }: Permissions,
): FieldError[] {
  const isSame = request.status.certificate === old.status.certificate
  return [
    ...validateRequest(request, old),
    ...TRUE_ONLY.filter((type) => find(request, type).length < find(old, type).length).map((type) =>
      forbidden(CONDITIONS, `updates may not remove a condition of type ${quote(type)}`),
    ),
    ...(mayApprove
      ? NONE
      : ['Approved', 'Denied'].flatMap((type) => validateStays(request, old, type))),
    ...(isSame || maySetCertificate
      ? NONE
      : [forbidden(CERTIFICATE, 'updates may not set certificate content')]),
    ...(!isSame && maySetCertificate && old.status.certificate
      ? [forbidden(CERTIFICATE, 'updates may not modify existing certificate content')]
      : NONE),
  ]
}

function validateStays(
  request: CertificateSigningRequest,
  old: CertificateSigningRequest,
  type: string,
): FieldError[] {
  const [now, before] = [find(request, type), find(old, type)]
  if (now.length > before.length)
    return [forbidden(CONDITIONS, `updates may not add a condition of type ${quote(type)}`)]
  return now.length < before.length || equal(now, before)
    ? NONE
    : [forbidden(CONDITIONS, `updates may not modify a condition of type ${quote(type)}`)]
}

function find({ status }: CertificateSigningRequest, type: string) {
  return (status.conditions ?? []).filter((each) => each.type === type)
}
