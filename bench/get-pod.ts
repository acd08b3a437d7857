import type { AuthorizationAttributes } from '../src/apiserver/authorization/authorizer.ts'

/** What access and fairness are told of a request for a Pod, but for who asks. */
export const GET_POD = {
  type: 'resource',
  verb: 'get',
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  namespace: 'default',
  name: 'web',
} as const satisfies Partial<AuthorizationAttributes>
