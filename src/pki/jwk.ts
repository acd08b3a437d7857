import type { Crypto, PublicKey } from '../base/crypto.ts'
import { toBase64url } from './base64url.ts'
import { expectTag, readElement, readSequence } from './der-reader.ts'
import { Tag } from './der.ts'
import { subjectPublicKey } from './keys.ts'

const P_256_BYTES = 32

/** A public key as RFC 7517 has it. */
export type Jwk = Readonly<Record<string, string>>

/** The name of a key in tokens and key sets: derived from it one way, by Kubernetes' rule. */
export function keyId(crypto: Crypto, key: PublicKey): string {
  return toBase64url(crypto.hash('sha256', key.spki))
}

/** A key that verifies signatures, as JWK. */
export function toJwk(crypto: Crypto, key: PublicKey): Jwk {
  const common = { use: 'sig', kid: keyId(crypto, key), alg: key.algorithm }
  return key.algorithm === 'ES256'
    ? { ...common, kty: 'EC', crv: 'P-256', ...point(subjectPublicKey(key)) }
    : { ...common, kty: 'RSA', ...modulus(subjectPublicKey(key)) }
}

/** Where relying parties find the keys of an issuer (OpenID Connect Discovery 1.0, as far as Kubernetes serves it). */
export function openIdConfiguration(
  issuer: string,
  jwksUri: string,
  keys: readonly PublicKey[],
): string {
  return JSON.stringify({
    issuer,
    jwks_uri: jwksUri,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [
      ...new Set(keys.map((key) => key.algorithm)),
    ].toSorted(),
  })
}

/** The keys themselves (RFC 7517, 5), for the path /openid/v1/jwks. */
export function jwksDocument(crypto: Crypto, keys: readonly PublicKey[]): string {
  return JSON.stringify({ keys: keys.map((key) => toJwk(crypto, key)) })
}

// An uncompressed point: the byte 4, then both coordinates.
function point(bytes: Uint8Array): Jwk {
  const y = 1 + P_256_BYTES
  return { x: toBase64url(bytes.subarray(1, y)), y: toBase64url(bytes.subarray(y)) }
}

function modulus(bytes: Uint8Array): Jwk {
  const [n, e] = readSequence(readElement(bytes)).map((number) => expectTag(number, Tag.integer))
  return { n: toBase64url(unsigned(n!)), e: toBase64url(unsigned(e!)) }
}

function unsigned(integer: Uint8Array): Uint8Array {
  return integer[0] === 0 ? integer.subarray(1) : integer
}
