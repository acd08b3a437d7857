import { CertificateSigningRequest } from '../../../api/certificates/v1/certificate-signing-request.ts'
import { invalid as invalidObject } from '../../../apimachinery/status-error.ts'
import type { Crypto } from '../../../base/crypto.ts'
import { certificateRequestFromPem, isSignedByItself } from '../../../pki/certificate-request.ts'
import { DerError } from '../../../pki/der-reader.ts'
import { invalid } from '../../../schema/field-error.ts'
import type { AdmissionPlugin } from '../plugin.ts'
import { isAbout, objectOf } from './about.ts'

/**
 * Takes requests for certificates only from who has the key that they are for. Upstream's validation does this; here it
 * needs cryptography, which the declarations of the API do without.
 */
export function requestSignatureCheck(crypto: Crypto): AdmissionPlugin {
  return {
    name: 'CertificateRequestSignature',
    operations: ['CREATE'],
    validate(attributes) {
      if (!isAbout(attributes, CertificateSigningRequest)) return
      const { metadata, spec } = objectOf(attributes, CertificateSigningRequest)
      const problem = problemOf(spec.request, crypto)
      if (problem === undefined) return
      const error = invalid('spec.request', spec.request, problem)
      throw invalidObject(CertificateSigningRequest, metadata.name, [error])
    },
  }
}

function problemOf(request: string, crypto: Crypto): string | undefined {
  try {
    const pem = new TextDecoder().decode(Uint8Array.fromBase64(request))
    const parsed = certificateRequestFromPem(pem)
    return isSignedByItself(crypto, parsed) ? undefined : failure(parsed.signatureAlgorithm)
  } catch (error) {
    if (error instanceof DerError) return `asn1: structure error: ${error.message}`
    throw error
  }
}

/** As Go words it, by what the signature's algorithm verifies with. */
function failure(algorithm: string): string {
  if (algorithm.startsWith('1.2.840.10045.4.3.')) return 'x509: ECDSA verification failure'
  if (algorithm === '1.3.101.112') return 'x509: Ed25519 verification failure'
  if (algorithm.startsWith('1.2.840.113549.1.1.')) return 'crypto/rsa: verification error'
  return 'x509: cannot verify signature: algorithm unimplemented'
}
