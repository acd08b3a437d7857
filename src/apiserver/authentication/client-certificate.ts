import type { Authenticator } from './authenticator.ts'
import { CREDENTIAL_ID } from './extra.ts'

/**
 * Client certificates: the common name is the user's name, the organisations are the groups. `onUse` hears of each that is
 * shown, and when it ends.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates
 */
export function clientCertificates(onUse?: (notAfterMs: number) => void): Authenticator {
  return ({ certificate }) => {
    if (!certificate) return undefined
    if ('error' in certificate) return { failure: certificate.error }
    const { commonName, organizations, uid, credentialId, notAfterMs } = certificate
    if (notAfterMs !== undefined) onUse?.(notAfterMs)
    if (commonName === '') return undefined
    return {
      user: {
        name: commonName,
        groups: organizations,
        ...(uid !== undefined && { uid }),
        ...(credentialId !== undefined && { extra: { [CREDENTIAL_ID]: [credentialId] } }),
      },
    }
  }
}
