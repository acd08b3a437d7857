import type { Crypto } from '../base/crypto.ts'
import { toBase64url } from './base64url.ts'

/**
 * A signature with a shared secret (HS256), as JWS without the text that it signs (RFC 7515, appendix F): how
 * `cluster-info` is signed with bootstrap tokens. The same for the same text, so it is verified by making it again.
 */
export function detachedJws(
  crypto: Pick<Crypto, 'hmac'>,
  text: string,
  { id, secret }: { readonly id: string; readonly secret: string },
): string {
  const header = toBase64url(JSON.stringify({ alg: 'HS256', kid: id }))
  const key = new TextEncoder().encode(secret)
  const signature = crypto.hmac('sha256', key, `${header}.${toBase64url(text)}`)
  return `${header}..${toBase64url(signature)}`
}
