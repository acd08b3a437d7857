import type { UserInfo } from '../authentication/authenticator.ts'

/** What a request is classified by. */
export type FlowAttributes =
  | {
      readonly type: 'resource'
      readonly user: UserInfo
      readonly verb: string
      readonly group: string
      readonly version: string
      readonly resource: string
      readonly subresource: string
      /** Empty for what is cluster-scoped, and for all namespaces. */
      readonly namespace: string
      readonly name: string
    }
  | {
      readonly type: 'nonResource'
      readonly user: UserInfo
      readonly verb: string
      readonly path: string
    }
