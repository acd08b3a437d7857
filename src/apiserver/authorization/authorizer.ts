import type { UserInfo } from '../authentication/authenticator.ts'

/** What a user wants to do, as authorisation sees it. */
export type AuthorizationAttributes = { readonly user: UserInfo; readonly verb: string } & (
  | {
      readonly type: 'resource'
      readonly group: string
      readonly version: string
      readonly resource: string
      readonly subresource: string
      /** Empty for cluster-scoped resources and for all namespaces. */
      readonly namespace: string
      /** Empty where the request names no single object. */
      readonly name: string
      readonly labelSelector?: string
      readonly fieldSelector?: string
    }
  | { readonly type: 'nonResource'; readonly path: string }
)

export interface AuthorizationDecision {
  readonly decision: 'allow' | 'deny' | 'noOpinion'
  /** Why, in words for the user or the audit log. */
  readonly reason: string
  /** What kept an authorizer from deciding. */
  readonly error?: string
}

/** Decides whether a request may go on. Several are asked in order; the first that has an opinion decides. */
export interface Authorizer {
  readonly name: string
  authorize(
    attributes: AuthorizationAttributes,
  ): AuthorizationDecision | Promise<AuthorizationDecision>
}
