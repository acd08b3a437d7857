import type { Secret } from './secret.ts'

/** A bootstrap token: its ID, which is no secret, and its secret. */
export const BOOTSTRAP_TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/

/** The type of the Secrets that hold them. */
export const BOOTSTRAP_TOKEN_TYPE = 'bootstrap.kubernetes.io/token'

/** What anybody may read of a cluster, to join it: how it is reached, and signatures of that. */
export const CLUSTER_INFO = { namespace: 'kube-public', name: 'cluster-info' } as const

/** Before the ID of the token that signs, in the keys of `cluster-info`. */
export const SIGNATURE_PREFIX = 'jws-kubeconfig-'

const GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/

/** The only Secret that can hold the token of this ID. */
export function bootstrapSecretName(id: string): string {
  return `bootstrap-token-${id}`
}

/** What a Secret says of a bootstrap token. */
export interface BootstrapToken {
  readonly id: string
  readonly secret: string
  readonly description: string
  /** RFC 3339; undefined where it never expires. */
  readonly expiration: string | undefined
  readonly usages: { readonly authentication: boolean; readonly signing: boolean }
  /** Groups beside `system:bootstrappers`; undefined where one of them is none that a token may give. */
  readonly groups: readonly string[] | undefined
  /** Also where it cannot be read when. */
  readonly isExpired: (nowMs: number) => boolean
}

/** Reads a bootstrap token, whatever the Secret holds. */
export function bootstrapTokenFrom({ data = {} }: Pick<Secret, 'data'>): BootstrapToken {
  const text = (key: string): string => decoded(data[key])
  const expiration = text('expiration') || undefined
  const groups = text('auth-extra-groups')
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '')
  return {
    id: text('token-id'),
    secret: text('token-secret'),
    description: text('description'),
    expiration,
    usages: {
      authentication: text('usage-bootstrap-authentication') === 'true',
      signing: text('usage-bootstrap-signing') === 'true',
    },
    groups: groups.every((group) => GROUP.test(group)) ? groups.toSorted() : undefined,
    // A date that cannot be read is not later than anything.
    isExpired: (nowMs) => expiration !== undefined && !(Date.parse(expiration) > nowMs),
  }
}

function decoded(base64 = ''): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(base64))
}
