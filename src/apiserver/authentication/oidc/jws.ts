/** A public key as RFC 7517 has it. */
export interface JsonWebKey {
  readonly kty: string
  readonly kid?: string
  readonly use?: string
  readonly alg?: string
  readonly [parameter: string]: unknown
}

/** The signatures that tokens of others may have (RFC 7518, RFC 8037); symmetric ones and `none` never. */
export const JWS_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const

export type JwsAlgorithm = (typeof JWS_ALGORITHMS)[number]

/** Whether a key signed some text; false for anything malformed, and where key and algorithm do not fit. */
export type VerifyJws = (
  key: JsonWebKey,
  algorithm: JwsAlgorithm,
  signedPart: string,
  signature: Uint8Array,
) => boolean
