import type { NodeBackendsOptions } from '../apiserver/connect/backends.node.ts'
import type { Pki } from '../pki/pki-files.ts'

/** As whom an API server speaks to node agents and to other API servers, and whom it believes. */
export function backendIdentities({
  apiServerKubeletClient: kubeletClient,
  ca,
  frontProxyClient,
}: Pki): NodeBackendsOptions {
  return { kubeletClient, kubeletCaPem: ca.certPem, frontProxyClient }
}
