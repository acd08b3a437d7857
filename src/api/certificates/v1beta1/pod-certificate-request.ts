import { bytes, int32, listOf, mapOf, ref, string, time } from '../../../schema/field.ts'
import { Condition } from '../../meta/v1/common.ts'
import { message, resource } from './group.ts'

export class PodCertificateRequestSpec extends message(
  'What certificate is wanted, and for which Pod.',
  {
    signerName: string(1, 'The signer asked, as a domain-prefixed name.').required(),
    podName: string(2, 'Name of the Pod that will use the certificate.').required(),
    podUID: string(3, 'UID of the Pod that the certificate is to be issued to.').required(),
    serviceAccountName: string(4, 'Name of the ServiceAccount that the Pod runs as.').required(),
    serviceAccountUID: string(5, 'UID of the ServiceAccount that the Pod runs as.').required(),
    nodeName: string(6, 'Node that the Pod is assigned to.').required(),
    nodeUID: string(7, 'UID of the node that the Pod is assigned to.').required(),
    maxExpirationSeconds: int32(
      8,
      'Longest lifetime of the certificate in seconds, from 3600 up to 91 days. Defaults to 86400; the signer may go shorter.',
    )
      .pointer()
      .default(86400)
      .told(),
    pkixPublicKey: bytes(
      9,
      'Public key to certify, as PKIX DER. Deprecated in favour of stubPKCS10Request.',
    )
      .written()
      .deprecated(),
    proofOfPossession: bytes(
      10,
      'Signature proving that the requester has the private key. Deprecated in favour of stubPKCS10Request.',
    )
      .written()
      .deprecated(),
    stubPKCS10Request: bytes(
      12,
      'DER-encoded PKCS#10 request, signed by the key to certify. Signers use only its public key.',
    ).required(),
    unverifiedUserAnnotations: mapOf(
      'string',
      11,
      'Hints for the signer, copied from the Pod volume. The signer must check them itself.',
    ),
  },
) {}

export class PodCertificateRequestStatus extends message(
  'The outcome of a PodCertificateRequest.',
  {
    conditions: listOf(Condition, 1, 'Whether the request was Issued, Denied or Failed.')
      .mapKeys('type')
      .patch('merge', 'type'),
    certificateChain: string(
      2,
      'The issued certificate in PEM, followed by any intermediates. Unset until issued.',
    ),
    notBefore: time(4, 'When the certificate becomes valid.').pointer(),
    beginRefreshAt: time(
      5,
      'When the kubelet should start asking for a new certificate. A hint only.',
    ).pointer(),
    notAfter: time(
      6,
      'When the issued certificate expires. Set together with the chain.',
    ).pointer(),
  },
) {}

export class PodCertificateRequest extends resource(
  'Asks a signer for a certificate for a Pod. Made by the kubelet.',
  { plural: 'podcertificaterequests', namespaced: true, subresources: ['status'] },
  {
    spec: ref(
      PodCertificateRequestSpec,
      2,
      'The key, the Pod and the signer. Cannot be changed.',
    ).required(),
    status: ref(
      PodCertificateRequestStatus,
      3,
      'The issued certificate, or why there is none.',
    ).written(),
  },
) {}
