import type { Authorizer } from './authorizer.ts'

/** The authorizers that need the cluster's own objects. */
export interface OwnAuthorizers {
  readonly Node: Authorizer
  readonly RBAC: Authorizer
}

/** Says who decides, in order, behind the superusers. */
export type AuthorizerChain = (own: OwnAuthorizers) => readonly Authorizer[]

/** Where nobody says otherwise. */
export const NODE_AND_RBAC: AuthorizerChain = ({ Node, RBAC }) => [Node, RBAC]
