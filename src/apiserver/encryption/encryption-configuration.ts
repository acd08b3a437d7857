/** Which resources are kept in which forms (`apiserver.config.k8s.io/v1`). */
export interface EncryptionConfiguration {
  readonly resources: readonly ResourceEncryption[]
}

export interface ResourceEncryption {
  /** `secrets`, `deployments.apps`, `*.` (the core group), `*.apps`, `*.*`. */
  readonly resources: readonly string[]
  /** The first writes, all read. */
  readonly providers: readonly Provider[]
}

export type Provider =
  | { readonly type: 'identity' }
  | {
      readonly type: 'aesgcm' | 'aescbc' | 'secretbox'
      readonly keys: readonly EncryptionKey[]
    }
  | KmsConfiguration

/** A plugin of KMS v2, behind a Unix socket. */
export interface KmsConfiguration {
  readonly type: 'kms'
  readonly name: string
  /** `unix:///…` */
  readonly endpoint: string
  readonly timeoutMs: number
}

export interface EncryptionKey {
  readonly name: string
  readonly secret: Uint8Array
}

/** Group and resource, each a name or `*`. */
export interface GroupResource {
  readonly group: string
  readonly resource: string
}

/** `deployments.apps`: what stands behind the first dot is the group. */
export function parseGroupResource(text: string): GroupResource {
  const dot = text.indexOf('.')
  if (dot < 0) return { group: '', resource: text }
  return { group: text.slice(dot + 1), resource: text.slice(0, dot) }
}
