import type { Crypto } from '../base/crypto.ts'
import { parseCertificate } from './certificate.ts'

/** Who a client certificate speaks for. */
export interface ClientIdentity {
  /** The user's name; a certificate without one authenticates nobody. */
  readonly commonName: string
  /** The user's groups. */
  readonly organizations: readonly string[]
  readonly uid?: string
  /** As Kubernetes puts it into the user's extra `authentication.kubernetes.io/credential-id`. */
  readonly credentialId: string
  /** When the certificate ends, in milliseconds since the Unix epoch. */
  readonly notAfterMs: number
}

/** Reads a client certificate, which the caller has verified. Throws `DerError`. */
export function parseClientIdentity(crypto: Crypto, der: Uint8Array): ClientIdentity {
  const { subject, notAfterMs } = parseCertificate(der)
  return { ...subject, notAfterMs, credentialId: `X509SHA256=${crypto.hashHex('sha256', der)}` }
}
