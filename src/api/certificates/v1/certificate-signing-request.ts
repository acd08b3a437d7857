import { bytes, int32, listOf, mapOf, ref, string, time } from '../../../schema/field.ts'
import { message, resource } from './group.ts'

export class CertificateSigningRequestSpec extends message(
  'What certificate is wanted, and by whom.',
  {
    request: bytes(1, 'PEM-encoded PKCS#10 request, base64-encoded in JSON.').required(),
    signerName: string(
      7,
      'The signer asked, as a domain-prefixed name such as kubernetes.io/kube-apiserver-client.',
    ).required(),
    expirationSeconds: int32(
      8,
      'Wanted lifetime of the certificate in seconds, at least 600. The signer decides when unset, and may ignore it.',
    ).pointer(),
    usages: listOf('string', 5, 'Wanted key usages, such as digital signature or client auth.')
      .atomic()
      .oneOf(
        'signing',
        'digital signature',
        'content commitment',
        'key encipherment',
        'key agreement',
        'data encipherment',
        'cert sign',
        'crl sign',
        'encipher only',
        'decipher only',
        'any',
        'server auth',
        'client auth',
        'code signing',
        'email protection',
        's/mime',
        'ipsec end system',
        'ipsec tunnel',
        'ipsec user',
        'timestamping',
        'ocsp signing',
        'microsoft sgc',
        'netscape sgc',
      ),
    username: string(2, 'User who made the request. Filled in by the server.'),
    uid: string(3, 'UID of the user who made the request. Filled in by the server.'),
    groups: listOf(
      'string',
      4,
      'Groups of the user who made the request. Filled in by the server.',
    ).atomic(),
    extra: mapOf(
      'stringList',
      6,
      'More attributes of the user who made the request. Filled in by the server.',
    ),
  },
) {}

export class CertificateSigningRequestCondition extends message(
  'One observed aspect of the state of a CertificateSigningRequest.',
  {
    type: string(
      1,
      'Approved, Denied or Failed. Approved and Denied exclude each other.',
    ).required(),
    status: string(
      6,
      'Whether the condition holds. Must be True for Approved, Denied and Failed.',
    ).required(),
    reason: string(2, 'Machine-readable word for why the condition was set.'),
    message: string(3, 'Human-readable details about the condition.'),
    lastUpdateTime: time(4, 'When the condition was last updated.'),
    lastTransitionTime: time(
      5,
      'When the status of this condition last changed. Filled in by the server when unset.',
    ),
  },
) {}

export class CertificateSigningRequestStatus extends message(
  'The outcome of a CertificateSigningRequest.',
  {
    conditions: listOf(
      CertificateSigningRequestCondition,
      1,
      'Whether the request was approved, denied or failed.',
    ).mapKeys('type'),
    certificate: bytes(
      2,
      'The issued certificate chain in PEM, base64-encoded in JSON. Unset until issued; cannot be changed after.',
    ),
  },
) {}

export class CertificateSigningRequest extends resource(
  'Asks a signer for an X.509 certificate.',
  {
    plural: 'certificatesigningrequests',
    shortNames: ['csr'],
    namespaced: false,
    subresources: ['approval', 'status'],
  },
  {
    spec: ref(
      CertificateSigningRequestSpec,
      2,
      'The request and who made it. Mostly fixed after creation.',
    ).required(),
    status: ref(
      CertificateSigningRequestStatus,
      3,
      'The approval or denial, and the issued certificate.',
    ).written(),
  },
) {}
