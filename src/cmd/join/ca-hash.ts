import type { Crypto } from '../../base/crypto.ts'
import { certificatesFromPem, publicKeyOf } from '../../pki/certificate.ts'

const PREFIX = 'sha256:'

/** The digests of the public keys of authorities, as kubeadm writes them: what `--ca-cert-hash` pins. */
export function caHashes(caPem: string, crypto: Pick<Crypto, 'hashHex'>): readonly string[] {
  return certificatesFromPem(caPem).map(
    (certificate) => `${PREFIX}${crypto.hashHex('sha256', publicKeyOf(certificate).spki)}`,
  )
}

/** Whether a text is such a digest. */
export function isCaHash(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text)
}
