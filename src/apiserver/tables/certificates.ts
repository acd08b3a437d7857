import type { CertificateSigningRequest } from '../../api/certificates/v1/certificate-signing-request.ts'
import type { ClusterTrustBundle } from '../../api/certificates/v1beta1/cluster-trust-bundle.ts'
import type { PodCertificateRequest } from '../../api/certificates/v1beta1/pod-certificate-request.ts'
import { humanDuration } from '../../apimachinery/durations.ts'
import { isConditionTrue } from '../../api/meta/v1/conditions.ts'
import { labelsCell, NONE } from './cells.ts'
import { AGE, column, NAME, tableFor, type TableEntry } from './table.ts'

const GROUP = 'certificates.k8s.io'
const SIGNER = column('SignerName', 'The signer that is asked to issue the certificate.')

export const CERTIFICATE_TABLES: readonly TableEntry[] = [
  tableFor<CertificateSigningRequest>(GROUP, 'CertificateSigningRequest', {
    columns: [
      NAME,
      AGE,
      SIGNER,
      column('Requestor', 'The user who asks for the certificate.'),
      column('RequestedDuration', 'How long the certificate should be good.'),
      column('Condition', 'What has become of the request.'),
    ],
    cells: ({ metadata, spec, status }, ages) => [
      metadata.name,
      ages.since(metadata.creationTimestamp),
      spec.signerName || NONE,
      spec.username ?? '',
      spec.expirationSeconds === undefined ? NONE : humanDuration(spec.expirationSeconds * 1000),
      conditionCell(status),
    ],
  }),
  tableFor<ClusterTrustBundle>(GROUP, 'ClusterTrustBundle', {
    columns: [NAME, SIGNER],
    cells: ({ metadata, spec }) => [metadata.name, spec.signerName || NONE],
  }),
  tableFor<PodCertificateRequest>(GROUP, 'PodCertificateRequest', {
    columns: [
      NAME,
      column('PodName', 'The Pod that the certificate is for.'),
      column('ServiceAccountName', 'The account that the Pod runs as.'),
      column('NodeName', 'The node that the Pod runs on.'),
      SIGNER,
      column('State', 'What has become of the request.'),
      column(
        'UnverifiedUserAnnotations',
        'Annotations that the Pod asks for, for the signer alone to judge.',
      ),
    ],
    cells: ({ metadata, spec, status }) => [
      metadata.name,
      spec.podName,
      spec.serviceAccountName,
      spec.nodeName,
      spec.signerName,
      ['Denied', 'Failed', 'Issued'].find((type) => isConditionTrue(status.conditions, type)) ??
        'Pending',
      labelsCell(spec.unverifiedUserAnnotations),
    ],
  }),
]

// Whether a condition is there counts, not what it says.
function conditionCell({
  conditions = [],
  certificate,
}: CertificateSigningRequest['status']): string {
  const types = new Set<string>(conditions.map(({ type }) => type))
  const verdict = types.has('Denied') ? 'Denied' : types.has('Approved') ? 'Approved' : 'Pending'
  return `${verdict}${types.has('Failed') ? ',Failed' : ''}${certificate ? ',Issued' : ''}`
}
