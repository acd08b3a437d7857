import type { CertificateSigningRequest } from '../../api/certificates/v1/certificate-signing-request.ts'
import { isConditionTrue } from '../../api/meta/v1/conditions.ts'
import { DerError } from '../../pki/der-reader.ts'
import {
  certificateRequestFromPem,
  type CertificateRequest,
} from '../../pki/certificate-request.ts'

type Request = CertificateSigningRequest

export function hasCondition({ status }: Request, type: 'Approved' | 'Denied' | 'Failed'): boolean {
  return isConditionTrue(status.conditions, type)
}

/** What a request asks for; undefined where it cannot be read. */
export function readRequest({ spec }: Request): CertificateRequest | undefined {
  try {
    return certificateRequestFromPem(new TextDecoder().decode(Uint8Array.fromBase64(spec.request)))
  } catch (error) {
    if (error instanceof DerError || error instanceof SyntaxError) return undefined
    throw error
  }
}
