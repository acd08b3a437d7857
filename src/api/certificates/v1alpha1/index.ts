/** The kinds of this group and version. */
export { ClusterTrustBundle } from './cluster-trust-bundle.ts'
