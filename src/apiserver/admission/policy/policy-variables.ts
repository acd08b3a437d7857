import { Namespace } from '../../../api/core/v1/namespace.ts'
import type { Variables } from '../../../cel/index.ts'
import type { ApiObject } from '../../registry/api-object.ts'
import type { AdmissionEnvironment } from '../environment.ts'
import { authorizerVariables } from '../matching/expressions.ts'
import { requestValue } from '../matching/request-value.ts'
import type { AdmissionAttributes } from '../plugin.ts'
import type { Invocation } from '../webhook/hook.ts'

/** What the expressions of a policy can read. */
export async function policyVariables(
  attributes: AdmissionAttributes,
  { matched, object, oldObject }: Invocation,
  params: ApiObject | null,
  env: AdmissionEnvironment,
): Promise<Variables> {
  const { type, namespace } = attributes
  const isIn = namespace !== '' && type.resource.namespaced
  return {
    object: object ?? null,
    oldObject: oldObject ?? null,
    request: requestValue(attributes, matched),
    params,
    namespaceObject: (isIn && (await env.live.get(Namespace, { name: namespace }))) || null,
    ...authorizerVariables(attributes, matched, env.authorizers),
  }
}
