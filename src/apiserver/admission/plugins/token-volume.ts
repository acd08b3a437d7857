import type { Volume } from '../../../api/core/v1/volume.ts'

// Somewhat odd, so that such tokens can be told: they may live longer for clients that never read them anew.
const EXPIRATION_SECONDS = 3607

/** The volume by which a Pod can talk to the API server: its token, the cluster's root certificate, its namespace. */
export function tokenVolume(name: string): Volume {
  const ca = { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] }
  const fieldRef = { apiVersion: 'v1', fieldPath: 'metadata.namespace' }
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { expirationSeconds: EXPIRATION_SECONDS, path: 'token' } },
        { configMap: ca },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef }] } },
      ],
    },
  }
}
