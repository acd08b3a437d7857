import { CertificateSigningRequest } from '../../../api/certificates/v1/certificate-signing-request.ts'
import { DerError, readElement, readSequence } from '../../../pki/der-reader.ts'
import { decodeName } from '../../../pki/distinguished-name.ts'
import { findPem } from '../../../pki/pem.ts'
import type { Authorizer } from '../../authorization/authorizer.ts'
import { decide } from '../../pipeline/authorize.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { isAbout, objectOf, oldObjectOf } from './about.ts'
import { refusal } from './refuse.ts'

const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client'

/** Lets only those approve requests for certificates who may for that signer. */
export function certificateApproval(authorizers: readonly Authorizer[]): AdmissionPlugin {
  return {
    name: 'CertificateApproval',
    operations: ['UPDATE'],
    async validate(attributes) {
      if (!isAbout(attributes, CertificateSigningRequest, 'approval')) return
      const { signerName } = oldObjectOf(attributes, CertificateSigningRequest).spec
      if (await maySign(authorizers, attributes, 'approve', signerName)) return
      const text = `user not permitted to approve requests with signerName ${JSON.stringify(signerName)}`
      throw refusal(attributes, text)
    },
  }
}

/** Lets only those set certificates who may sign for that signer. */
export function certificateSigning(authorizers: readonly Authorizer[]): AdmissionPlugin {
  return {
    name: 'CertificateSigning',
    operations: ['UPDATE'],
    async validate(attributes) {
      if (!isAbout(attributes, CertificateSigningRequest, 'status')) return
      const { spec, status } = oldObjectOf(attributes, CertificateSigningRequest)
      const now = objectOf(attributes, CertificateSigningRequest).status
      const isSame =
        status?.certificate === now?.certificate && failuresOf(status) === failuresOf(now)
      if (isSame || (await maySign(authorizers, attributes, 'sign', spec.signerName))) return
      const text = `user not permitted to sign requests with signerName ${JSON.stringify(spec.signerName)}`
      throw refusal(attributes, text)
    },
  }
}

/** Lets nobody become a superuser by a certificate for users. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  operations: ['CREATE'],
  validate(attributes) {
    if (!isAbout(attributes, CertificateSigningRequest)) return
    const { signerName, request } = objectOf(attributes, CertificateSigningRequest).spec
    if (signerName !== CLIENT_SIGNER) return
    if (!organizationsOf(request, attributes).includes('system:masters')) return
    const text = `use of ${CLIENT_SIGNER} signer with system:masters group is not allowed`
    throw refusal(attributes, text)
  },
}

function failuresOf(status: CertificateSigningRequest['status'] | undefined): boolean {
  return (status?.conditions ?? []).some(({ type }) => type === 'Failed')
}

/** Whether the user may do this for the signer, or for all of its domain. */
async function maySign(
  authorizers: readonly Authorizer[],
  { user }: AdmissionAttributes,
  verb: 'approve' | 'sign',
  signer: string,
): Promise<boolean> {
  for (const name of [signer, `${signer.split('/')[0]}/*`]) {
    const { decision } = await decide(authorizers, {
      type: 'resource',
      user,
      verb,
      group: 'certificates.k8s.io',
      version: '*',
      resource: 'signers',
      subresource: '',
      namespace: '',
      name,
    })
    if (decision === 'allow') return true
  }
  return false
}

// CertificationRequestInfo (RFC 2986): the version, then the subject.
function organizationsOf(request: string, attributes: AdmissionAttributes): readonly string[] {
  try {
    const pem = new TextDecoder().decode(Uint8Array.fromBase64(request))
    const der = findPem(pem, 'CERTIFICATE REQUEST')
    if (!der) throw new DerError('PEM block type must be CERTIFICATE REQUEST')
    const [info] = readSequence(readElement(der))
    const [, subject] = readSequence(info)
    if (!subject) throw new DerError('the request names no subject')
    return decodeName(subject.raw).organizations
  } catch (error) {
    if (!(error instanceof DerError)) throw error
    throw refusal(attributes, `failed to parse CSR: ${error.message}`)
  }
}
