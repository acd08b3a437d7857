import type { DistinctHeaders } from '../../serving/exchange.ts'

/** Who makes a request (authentication.k8s.io UserInfo). */
export interface UserInfo {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** What authentication looks at. */
export interface Credentials {
  /** The client certificate, verified against the cluster's CA; `error` where one was shown that does not verify. */
  readonly certificate?:
    | {
        readonly commonName: string
        readonly organizations: readonly string[]
        readonly uid?: string
        /** Tells this certificate from all others. */
        readonly credentialId?: string
        readonly notAfterMs?: number
      }
    | { readonly error: string }
  /** A certificate of the front proxies' authority, and what its holder says of whom it asks for. */
  readonly proxy?: { readonly commonName: string; readonly headers: DistinctHeaders }
  /** The token of `Authorization: Bearer …`. */
  readonly bearerToken?: string
  /** Whom the token must be for, where that is not the API server itself. */
  readonly audiences?: readonly string[]
}

export type Authentication =
  | {
      readonly user: UserInfo
      readonly audiences?: readonly string[]
      /** What the client should hear of its credentials. */
      readonly warnings?: readonly string[]
      /** What the audit log should say of them. */
      readonly annotations?: Readonly<Record<string, string>>
    }
  /** Credentials were shown and are wrong: the request ends with 401. `isPassing`: asking again may help. */
  | { readonly failure: string; readonly isPassing?: true }

/** Finds out who makes a request; undefined where the credentials are none of this authenticator's kind. */
export type Authenticator = (
  credentials: Credentials,
) => Promise<Authentication | undefined> | Authentication | undefined
