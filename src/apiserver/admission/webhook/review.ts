import { isJsonObject, type JsonObject } from '../../../apimachinery/patch/json-object.ts'
import { formatGroupVersionKind, parseApiVersion } from '../../../apimachinery/gvk.ts'
import { generic, type StatusError } from '../../../apimachinery/status-error.ts'
import { failure, type Status } from '../../../apimachinery/status.ts'
import { requestValue } from '../matching/request-value.ts'
import type { AdmissionAttributes } from '../plugin.ts'
import type { Invocation } from './hook.ts'

const GROUP = 'admission.k8s.io'

/** An AdmissionReview to send. */
export function reviewOf(
  version: string,
  uid: string,
  attributes: AdmissionAttributes,
  { matched, object, oldObject }: Invocation,
): object {
  return {
    kind: 'AdmissionReview',
    apiVersion: `${GROUP}/${version}`,
    request: {
      uid,
      ...requestValue(attributes, matched),
      object: object ?? null,
      oldObject: oldObject ?? null,
    },
  }
}

/** What a webhook said. */
export interface ReviewResponse {
  readonly allowed: boolean
  readonly status: Partial<Status> | undefined
  readonly warnings: readonly string[]
  readonly auditAnnotations: Readonly<Record<string, string>>
  /** JSON, still encoded; undefined where nothing is to change. */
  readonly patch: string | undefined
  readonly patchType: string
}

/** Reads a webhook's answer. Throws an Error where it is none. */
export function readReview(
  answer: unknown,
  version: string,
  uid: string,
  isMutating: boolean,
): ReviewResponse {
  const { kind = '', apiVersion = '', response } = objectOr(answer)
  if (!isJsonObject(response)) throw new Error('webhook response was absent')
  if (version === 'v1') checkV1(response, String(apiVersion), String(kind), uid)
  const { patch, patchType } = isMutating ? patchOf(response, version) : NO_PATCH
  const { allowed, status, warnings, auditAnnotations } = response
  return {
    allowed: allowed === true,
    status: isJsonObject(status) ? status : undefined,
    warnings: Array.isArray(warnings) ? warnings.map(String) : [],
    auditAnnotations: objectOr(auditAnnotations) as Readonly<Record<string, string>>,
    patch,
    patchType,
  }
}

function checkV1(
  { uid: given = '' }: JsonObject,
  apiVersion: string,
  kind: string,
  uid: string,
): void {
  if (given !== uid) {
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(given)}`)
  }
  const expected = { group: GROUP, version: 'v1', kind: 'AdmissionReview' }
  const found = { ...parseApiVersion(apiVersion), kind }
  const [wanted, got] = [formatGroupVersionKind(expected), formatGroupVersionKind(found)]
  if (wanted !== got) throw new Error(`expected webhook response of ${wanted}, got ${got}`)
}

type Patch = Pick<ReviewResponse, 'patch' | 'patchType'>

const NO_PATCH: Patch = { patch: undefined, patchType: '' }

function patchOf({ patch, patchType }: JsonObject, version: string): Patch {
  const text = typeof patch === 'string' && patch !== '' ? patch : undefined
  if (version !== 'v1') return { patch: text, patchType: text === undefined ? '' : 'JSONPatch' }
  const hasType = patchType !== undefined && patchType !== null
  if (text !== undefined && !hasType)
    throw new Error('webhook returned response.patch but not response.patchType')
  if (text === undefined && hasType)
    throw new Error('webhook returned response.patchType but not response.patch')
  if (patchType === '') throw new Error('webhook returned invalid response.patchType of ""')
  return { patch: text, patchType: typeof patchType === 'string' ? patchType : '' }
}

/** The refusal that a webhook asks for, in a form that is a refusal whatever it asks for. */
export function denial(webhook: string, { status = {} }: ReviewResponse): StatusError {
  const { code = 0, message = '', reason = '' } = status
  const deniedBy = `admission webhook ${JSON.stringify(webhook)} denied the request`
  const why = message || reason
  const { reason: _, ...general } = failure('Forbidden', '')
  return generic({
    ...general,
    ...(status.details && { details: status.details }),
    ...(reason !== '' && { reason }),
    message: why === '' ? `${deniedBy} without explanation` : `${deniedBy}: ${why}`,
    code: code < 400 ? 400 : code,
  })
}

function objectOr(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {}
}
