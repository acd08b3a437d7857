import { type ClusterIdentity, nodeFileNames } from './cluster-certificates.ts'

/** A certificate and its key, as PEM. */
export interface Credential {
  readonly certPem: string
  readonly keyPem: string
}

/** All keys and certificates of a cluster. */
export interface Pki {
  readonly ca: Credential
  readonly frontProxyCa: Credential
  readonly apiServer: Credential
  readonly apiServerKubeletClient: Credential
  readonly frontProxyClient: Credential
  readonly admin: Credential
  readonly superAdmin: Credential
  readonly controllerManager: Credential
  readonly scheduler: Credential
  readonly proxy: Credential
  /** By node name: the kubelet's own identity, and what its API serves with. */
  readonly nodes: ReadonlyMap<string, { readonly client: Credential; readonly serving: Credential }>
  /** Signs service account tokens. */
  readonly serviceAccountKeyPem: string
  /** Verify service account tokens: the signing key's public half first, then keys that once signed. */
  readonly serviceAccountPublicKeysPem: string
  /** When the first of the certificates wants to be renewed, in milliseconds since the Unix epoch. */
  readonly renewAtMs: number
}

/** Texts of files by name. */
export type PkiFiles = ReadonlyMap<string, string>

/** One of the files cannot be used, and making it anew would break what depends on it. */
export class PkiError extends Error {
  override readonly name = 'PkiError'
  readonly file: string

  constructor(file: string, reason: string) {
    super(reason)
    this.file = file
  }
}

/** The part of a `Pki` that is certificates with their keys. */
export type Credentials = Omit<
  Pki,
  'serviceAccountKeyPem' | 'serviceAccountPublicKeysPem' | 'renewAtMs'
>

/** The certificate of this name with its key; empty texts where there is none. */
export function credentialOf(files: PkiFiles, name: string): Credential {
  return {
    certPem: files.get(`${name}.crt`) ?? '',
    keyPem: files.get(`${name}.key`) ?? '',
  }
}

/** Picks the credentials of a cluster out of its files, which must be complete. */
export function credentials(files: PkiFiles, { nodes = [] }: ClusterIdentity): Credentials {
  const read = (name: string): Credential => credentialOf(files, name)
  return {
    ca: read('ca'),
    frontProxyCa: read('front-proxy-ca'),
    apiServer: read('apiserver'),
    apiServerKubeletClient: read('apiserver-kubelet-client'),
    frontProxyClient: read('front-proxy-client'),
    admin: read('admin'),
    superAdmin: read('super-admin'),
    controllerManager: read('controller-manager'),
    scheduler: read('scheduler'),
    proxy: read('proxy'),
    nodes: new Map(
      nodes.map(({ name }) => {
        const names = nodeFileNames(name)
        return [name, { client: read(names.client), serving: read(names.serving) }]
      }),
    ),
  }
}
