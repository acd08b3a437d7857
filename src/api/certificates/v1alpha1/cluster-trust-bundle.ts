import { ref, string } from '../../../schema/field.ts'
import { message, resource } from './group.ts'
import { ClusterTrustBundle as StoredClusterTrustBundle } from '../v1beta1/cluster-trust-bundle.ts'

export class ClusterTrustBundleSpec extends message('The contents of a ClusterTrustBundle.', {
  signerName: string(
    1,
    'Signer that the anchors belong to, which must prefix the object name. Not tied to a signer when unset.',
  ),
  trustBundle: string(2, 'The anchors, as PEM certificates. Their order means nothing.').required(),
}) {}

export class ClusterTrustBundle extends resource(
  'A set of X.509 trust anchors available to the whole cluster.',
  { plural: 'clustertrustbundles', namespaced: false, storedAs: () => StoredClusterTrustBundle },
  {
    spec: ref(ClusterTrustBundleSpec, 2, 'The signer and its trust anchors.').required(),
  },
) {}
