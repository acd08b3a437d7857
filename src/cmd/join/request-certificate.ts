import { CertificateSigningRequest } from '../../api/certificates/v1/certificate-signing-request.ts'
import type { Crypto } from '../../base/crypto.ts'
import type { Client } from '../../client/client.ts'
import type { AlternativeNames } from '../../pki/alternative-names.ts'
import { createCertificateRequest } from '../../pki/create-certificate-request.ts'
import { privateKeyToPem } from '../../pki/keys.ts'
import type { Credential } from '../../pki/pki-files.ts'
import { UserError } from '../user-error.ts'

const SIGNERS = {
  client: { signerName: 'kubernetes.io/kube-apiserver-client-kubelet', usage: 'client auth' },
  serving: { signerName: 'kubernetes.io/kubelet-serving', usage: 'server auth' },
} as const

export interface CertificateWish {
  readonly purpose: keyof typeof SIGNERS
  readonly nodeName: string
  /** For serving. */
  readonly alternativeNames?: AlternativeNames
}

/**
 * Has the cluster sign a certificate of a node for a new key, and waits until it has. Rejects with the signal's reason;
 * throws `UserError` where it is refused.
 */
export async function requestCertificate(
  client: Client,
  { purpose, nodeName, alternativeNames }: CertificateWish,
  { crypto, signal }: { readonly crypto: Crypto; readonly signal: AbortSignal },
): Promise<Credential> {
  const { signerName, usage } = SIGNERS[purpose]
  const { privateKey } = crypto.generateKeyPair('ES256')
  const subject = { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] }
  const pem = createCertificateRequest(crypto, privateKey, subject, alternativeNames)
  const { metadata } = await client.create(CertificateSigningRequest, {
    metadata: { generateName: 'csr-' },
    spec: {
      request: new TextEncoder().encode(pem).toBase64(),
      signerName,
      usages: ['digital signature', usage],
    },
  })
  return {
    certPem: await signed(client, metadata.name, signal),
    keyPem: privateKeyToPem(privateKey),
  }
}

async function signed(client: Client, name: string, signal: AbortSignal): Promise<string> {
  const watch = client.watch(CertificateSigningRequest, {
    fieldSelector: `metadata.name=${name}`,
    signal,
  })
  for await (const event of watch) {
    if (event.type === 'BOOKMARK') continue
    const { certificate, conditions = [] } = event.object.status
    if (certificate) return new TextDecoder().decode(Uint8Array.fromBase64(certificate))
    const refusal = conditions.find(({ type }) => type === 'Denied' || type === 'Failed')
    if (!refusal) continue
    throw new UserError(`The cluster refuses the certificate: ${refusal.message ?? refusal.type}.`)
  }
  throw new UserError('The cluster ended the watch before the certificate was there.')
}
