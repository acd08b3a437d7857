import type { AlternativeNames } from './alternative-names.ts'
import type { ExtendedUsage } from './authority.ts'
import type { DistinguishedName } from './distinguished-name.ts'

/** A node that gets its certificates from this cluster's authority. */
export interface NodeIdentity {
  readonly name: string
  /** Host names and IP addresses that its own API is reached by, besides its name. */
  readonly addresses: readonly string[]
}

/** What the certificates of a cluster depend on. */
export interface ClusterIdentity {
  /** Default `cluster.local`. */
  readonly clusterDomain?: string
  /** The addresses of the Service `kubernetes`: the first of each Service range. Default `10.96.0.1`. */
  readonly serviceAddresses?: readonly string[]
  /** Host names and IP addresses that the API server is reached by, besides loopback and the Service. */
  readonly apiServerAddresses?: readonly string[]
  readonly nodes?: readonly NodeIdentity[]
}

export type AuthorityName = 'ca' | 'front-proxy-ca'

/** The authorities by the names of their files, with the common names that kubeadm gives them. */
export const AUTHORITIES: Readonly<Record<AuthorityName, string>> = {
  ca: 'kubernetes',
  'front-proxy-ca': 'front-proxy-ca',
}

/** One certificate that a cluster needs. */
export interface CertificateSpec {
  /** The name of its files, without `.crt` and `.key`. */
  readonly name: string
  readonly authority: AuthorityName
  readonly subject: DistinguishedName
  readonly usages: readonly ExtendedUsage[]
  readonly alternativeNames?: AlternativeNames
}

const MASTERS = 'system:masters' // May do everything, whatever RBAC says.
const NODES = 'system:nodes'

/**
 * Every certificate of a cluster, as kubeadm lays them out
 * (https://kubernetes.io/docs/setup/best-practices/certificates/). Throws `TypeError` for a node name that is none.
 */
export function clusterCertificates(cluster: ClusterIdentity): readonly CertificateSpec[] {
  return [
    {
      name: 'apiserver',
      authority: 'ca',
      subject: { commonName: 'kube-apiserver', organizations: [] },
      usages: ['server'],
      alternativeNames: apiServerNames(cluster),
    },
    client('apiserver-kubelet-client', 'kube-apiserver-kubelet-client', [MASTERS]),
    { ...client('front-proxy-client', 'front-proxy-client'), authority: 'front-proxy-ca' },
    client('admin', 'kubernetes-admin', [MASTERS]),
    client('super-admin', 'kubernetes-super-admin', [MASTERS]),
    client('controller-manager', 'system:kube-controller-manager'),
    client('scheduler', 'system:kube-scheduler'),
    client('proxy', 'system:kube-proxy'),
    ...(cluster.nodes ?? []).flatMap(nodeCertificates),
  ]
}

/** The names of a node's files: the kubelet's own identity, and the certificate that its API serves with. */
export function nodeFileNames(node: string): { readonly client: string; readonly serving: string } {
  if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(node)) {
    throw new TypeError(
      `Cannot make certificates for the node ${JSON.stringify(node)}: no node name`,
    )
  }
  return { client: `node-${node}-client`, serving: `node-${node}-serving` }
}

function nodeCertificates({ name, addresses }: NodeIdentity): readonly CertificateSpec[] {
  const files = nodeFileNames(name)
  const subject = { commonName: `system:node:${name}`, organizations: [NODES] }
  const alternativeNames = sortNames([name, ...addresses])
  return [
    client(files.client, subject.commonName, subject.organizations),
    { name: files.serving, authority: 'ca', subject, usages: ['server'], alternativeNames },
  ]
}

function client(
  name: string,
  commonName: string,
  organizations: readonly string[] = [],
): CertificateSpec {
  return { name, authority: 'ca', subject: { commonName, organizations }, usages: ['client'] }
}

function apiServerNames(cluster: ClusterIdentity): AlternativeNames {
  const domain = cluster.clusterDomain ?? 'cluster.local'
  const service = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc']
  return sortNames([
    ...service,
    `kubernetes.default.svc.${domain}`,
    'localhost',
    '127.0.0.1',
    '::1',
    ...(cluster.serviceAddresses ?? ['10.96.0.1']),
    ...(cluster.apiServerAddresses ?? []),
  ])
}

function sortNames(hosts: readonly string[]): AlternativeNames {
  const unique = [...new Set(hosts)]
  return {
    dnsNames: unique.filter((host) => !isAddress(host)),
    ipAddresses: unique.filter(isAddress),
  }
}

function isAddress(host: string): boolean {
  return host.includes(':') || /^\d+(\.\d+){3}$/.test(host)
}
