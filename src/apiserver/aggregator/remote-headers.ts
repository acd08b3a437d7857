import type { RequestHeaders } from '../../serving/exchange.ts'
import type { UserInfo } from '../authentication/authenticator.ts'

/**
 * Tells another server for whom it is asked; it believes that of whoever shows a certificate of the front proxy's
 * authority. See https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/
 */
export function remoteHeaders({ name, uid = '', groups, extra = {} }: UserInfo): RequestHeaders {
  const extras = Object.entries(extra).map(
    ([key, values]) => [`x-remote-extra-${escapeKey(key)}`, values] as const,
  )
  return {
    'x-remote-user': name,
    ...(uid !== '' && { 'x-remote-uid': uid }),
    ...(groups.length > 0 && { 'x-remote-group': groups }),
    ...Object.fromEntries(extras),
  }
}

// What may not stand in the name of a header (RFC 9110, token) is percent-encoded, and so is the percent sign.
function escapeKey(key: string): string {
  return Array.from(new TextEncoder().encode(key.toLowerCase()), (byte) => {
    const character = String.fromCharCode(byte)
    return /[a-z0-9!#$&'*+\-.^_`|~]/.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')
}
