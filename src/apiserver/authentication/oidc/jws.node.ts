import { constants, createPublicKey, verify, type KeyObject } from 'node:crypto'
import type { JsonWebKey, JwsAlgorithm, VerifyJws } from './jws.ts'

const RSA_BITS_MIN = 2048
const CURVES: Readonly<Record<string, string>> = {
  ES256: 'prime256v1',
  ES384: 'secp384r1',
  ES512: 'secp521r1',
}

/** Verifies with Node's own cryptography. A key is read once. */
export function jwsVerifier(): VerifyJws {
  const known = new WeakMap<JsonWebKey, KeyObject>()
  return (jwk, algorithm, signedPart, signature) => {
    try {
      const key = known.get(jwk) ?? createPublicKey({ key: jwk, format: 'jwk' })
      known.set(jwk, key)
      return fits(key, algorithm) && isSigned(key, algorithm, signedPart, signature)
    } catch {
      return false
    }
  }
}

function fits(key: KeyObject, algorithm: JwsAlgorithm): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (algorithm === 'EdDSA') return type === 'ed25519' || type === 'ed448'
  if (algorithm.startsWith('ES')) return type === 'ec' && details?.namedCurve === CURVES[algorithm]
  return type === 'rsa' && (details?.modulusLength ?? 0) >= RSA_BITS_MIN
}

function isSigned(
  key: KeyObject,
  algorithm: JwsAlgorithm,
  signedPart: string,
  signature: Uint8Array,
): boolean {
  const data = Buffer.from(signedPart)
  if (algorithm === 'EdDSA') return verify(null, data, key, signature)
  const hash = `sha${algorithm.slice(2)}`
  if (algorithm.startsWith('ES'))
    return verify(hash, data, { key, dsaEncoding: 'ieee-p1363' }, signature)
  if (algorithm.startsWith('RS')) return verify(hash, data, key, signature)
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants
  return verify(hash, data, { key, padding, saltLength }, signature)
}
