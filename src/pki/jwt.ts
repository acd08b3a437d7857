import type { Crypto, PrivateKey, PublicKey } from '../base/crypto.ts'
import { fromBase64url, toBase64url } from './base64url.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** A token taken apart, its signature not looked at. */
export interface UnverifiedJwt {
  readonly header: JsonObject
  readonly payload: JsonObject
  readonly signedPart: string
  readonly signature: Uint8Array
}

/** Makes a signed token in the compact form of RFC 7515. */
export function signJwt(
  crypto: Crypto,
  key: PrivateKey,
  keyId: string,
  payload: JsonObject,
): string {
  const header = { alg: key.algorithm, kid: keyId }
  const signedPart = `${toBase64url(JSON.stringify(header))}.${toBase64url(JSON.stringify(payload))}`
  return `${signedPart}.${toBase64url(crypto.sign(key, signedPart))}`
}

/** Takes a compact token apart; undefined when it is none. Nothing in it is to be trusted yet. */
export function parseJwt(token: string): UnverifiedJwt | undefined {
  const parts = token.split('.', 4)
  if (parts.length !== 3) return undefined
  const [header, payload] = parts.slice(0, 2).map(parseObject)
  const signature = fromBase64url(parts[2]!)
  if (!header || !payload || !signature) return undefined
  return { header, payload, signedPart: `${parts[0]}.${parts[1]}`, signature }
}

/** Whether the key signed the token, with the algorithm that is the key's, whatever else the header claims. */
export function isSignedBy(crypto: Crypto, jwt: UnverifiedJwt, key: PublicKey): boolean {
  return jwt.header['alg'] === key.algorithm && crypto.verify(key, jwt.signedPart, jwt.signature)
}

function parseObject(base64: string): JsonObject | undefined {
  const bytes = fromBase64url(base64)
  if (!bytes) return undefined
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
