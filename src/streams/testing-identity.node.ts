import { nodeCrypto } from '../base/crypto.node.ts'
import { createAuthority, issueCertificate } from '../pki/authority.ts'
import { privateKeyToPem } from '../pki/keys.ts'
import { encodePem } from '../pki/pem.ts'

/** A key and a certificate for 127.0.0.1 and further names, and who issued it, in PEM. */
export interface ServerIdentity {
  readonly key: string
  readonly cert: string
  readonly ca: string
}

const HOUR_MS = 3_600_000

export function serverIdentity(dnsNames: readonly string[] = []): ServerIdentity {
  const crypto = nodeCrypto()
  const validity = { notBeforeMs: Date.now() - HOUR_MS, notAfterMs: Date.now() + HOUR_MS }
  const rootKey = crypto.generateKeyPair('ES256').privateKey
  const authority = createAuthority(crypto, rootKey, { commonName: 'test', ...validity })
  const { publicKey, privateKey } = crypto.generateKeyPair('ES256')
  const certificate = issueCertificate(crypto, authority, {
    subject: { commonName: 'server', organizations: [] },
    publicKey,
    usages: ['server'],
    alternativeNames: { dnsNames, ipAddresses: ['127.0.0.1'] },
    ...validity,
  })
  return {
    key: privateKeyToPem(privateKey),
    cert: encodePem('CERTIFICATE', certificate.raw),
    ca: encodePem('CERTIFICATE', authority.certificate.raw),
  }
}
