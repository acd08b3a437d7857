import { systemClock } from '../base/clock.node.ts'
import type { Clock } from '../base/clock.ts'
import { nodeCrypto } from '../base/crypto.node.ts'
import { systemRandom } from '../base/random.node.ts'
import { ensurePki, type EnsuredPki } from '../pki/ensure-pki.node.ts'
import { writeKubeconfig } from '../pki/kubeconfig-file.node.ts'
import type { Credential } from '../pki/pki-files.ts'
import type { Rotation } from '../pki/renewal.ts'
import { apiServiceAddresses } from './cluster-addresses.ts'
import { machineNodeName, nodeAddresses } from './node-address.node.ts'

/** What the certificates of a cluster depend on that serves from this machine. */
export interface MachinePki {
  readonly pkiDirectory: string
  /** Where the API is served. */
  readonly host: string
  readonly node: 'containerd' | 'simulated' | 'none'
  /** One range, or one of each family with a comma between them. */
  readonly serviceRange: string
  /** The addresses of Pods, likewise. */
  readonly clusterCIDR: string
}

/** Completes and renews the certificates of this machine's cluster; see `ensurePki`. */
export function ensureClusterPki(
  { host, node, pkiDirectory, serviceRange, clusterCIDR }: MachinePki,
  { rotate, clock = systemClock }: { readonly rotate?: Rotation; readonly clock?: Clock } = {},
): Promise<EnsuredPki> {
  const name = machineNodeName()
  const addresses = node === 'containerd' ? nodeAddresses(clusterCIDR.split(',')) : []
  return ensurePki(pkiDirectory, {
    crypto: nodeCrypto(systemRandom),
    clock,
    serviceAddresses: apiServiceAddresses(serviceRange),
    apiServerAddresses: [host, name, ...addresses],
    nodes: node === 'containerd' ? [{ name, addresses }] : [],
    ...(rotate && { rotate }),
  })
}

/** Writes the admin's kubeconfig. */
export async function writeAdminKubeconfig(
  kubeconfig: string,
  { ca, admin }: { readonly ca: Credential; readonly admin: Credential },
  server: string,
): Promise<void> {
  await writeKubeconfig(kubeconfig, {
    server,
    caPem: ca.certPem,
    clientCertPem: admin.certPem,
    clientKeyPem: admin.keyPem,
    cluster: 'trierarch',
    user: 'trierarch-admin',
    context: 'trierarch',
  })
}
