import type { SigningAlgorithm } from '../base/crypto.ts'
import { element, integer, join, oid, sequence, Tag } from './der.ts'
import { expectTag, readElement, readSequence } from './der-reader.ts'

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2'
const RSA_WITH_SHA256 = '1.2.840.113549.1.1.11'
const P_256_BYTES = 32

/** The AlgorithmIdentifier of signatures made with such a key (RFC 5758, RFC 4055). */
export function algorithmIdentifier(algorithm: SigningAlgorithm): Uint8Array {
  return algorithm === 'ES256'
    ? sequence(oid(ECDSA_WITH_SHA256))
    : sequence(oid(RSA_WITH_SHA256), element(Tag.null))
}

/** From a signature as JWS has it to the form of certificates: for ECDSA a SEQUENCE of r and s. */
export function fromJws(algorithm: SigningAlgorithm, signature: Uint8Array): Uint8Array {
  if (algorithm === 'RS256') return signature
  return sequence(
    integer(signature.subarray(0, P_256_BYTES)),
    integer(signature.subarray(P_256_BYTES)),
  )
}

/** The other way; undefined when the algorithm is not one of ours. Throws `DerError`. */
export function toJws(
  algorithm: string,
  signature: Uint8Array,
): { readonly algorithm: SigningAlgorithm; readonly bytes: Uint8Array } | undefined {
  if (algorithm === RSA_WITH_SHA256) return { algorithm: 'RS256', bytes: signature }
  if (algorithm !== ECDSA_WITH_SHA256) return undefined
  const [r, s] = readSequence(readElement(signature)).map((half) =>
    padded(expectTag(half, Tag.integer)),
  )
  return { algorithm: 'ES256', bytes: join([r!, s!]) }
}

function padded(integerBytes: Uint8Array): Uint8Array {
  const digits = integerBytes.subarray(-P_256_BYTES)
  return join([new Uint8Array(P_256_BYTES - digits.length), digits])
}
