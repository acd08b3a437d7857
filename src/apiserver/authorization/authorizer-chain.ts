import type { Authorizer } from './authorizer.ts'

/** The authorizers that need the cluster's own objects. */
export interface OwnAuthorizers {
  readonly Node: Authorizer
  readonly RBAC: Authorizer
  /** For those that the chain adds; the cluster's own are counted already. */
  readonly count?: CountDecisions
}

/** The same authorizer, its decisions counted. */
export type CountDecisions = (authorizer: Authorizer, type: string) => Authorizer

/** Says who decides, in order, behind the superusers. */
export type AuthorizerChain = (own: OwnAuthorizers) => readonly Authorizer[]

/** Where nobody says otherwise. */
export const NODE_AND_RBAC: AuthorizerChain = ({ Node, RBAC }) => [Node, RBAC]
