import type { ParamKind, ParamRef } from '../../../api/admissionregistration/v1/common.ts'
import { formatGroupVersionKind, parseApiVersion } from '../../../apimachinery/gvk.ts'
import { matches, selectorFrom } from '../../../apimachinery/labels.ts'
import type { ApiObject } from '../../registry/api-object.ts'
import { withConversions } from '../../registry/needs-conversion.ts'
import type { ServedKind } from '../../registry/served-kind.ts'
import type { AdmissionEnvironment } from '../environment.ts'
import { namespaceOf } from '../matching/request-value.ts'
import type { AdmissionAttributes } from '../plugin.ts'

/** A policy or binding cannot be applied as it is written. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}

/** The objects that a policy is to be evaluated with, one after another; null where it takes none. */
export async function paramsOf(
  paramKind: ParamKind | undefined,
  paramRef: ParamRef | undefined,
  attributes: AdmissionAttributes,
  env: AdmissionEnvironment,
): Promise<readonly (ApiObject | null)[]> {
  if (!paramKind) return [null]
  const kind = kindOf(paramKind, env)
  if (!paramRef) return [null]
  const found = await find(kind, paramRef, namespaceFor(kind, paramRef, attributes), env)
  if (found.length === 0 && paramRef.parameterNotFoundAction === 'Deny') {
    throw new ConfigurationError(
      'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
    )
  }
  return found
}

function kindOf({ apiVersion = '', kind = '' }: ParamKind, env: AdmissionEnvironment): ServedKind {
  const { group, version } = parseApiVersion(apiVersion)
  const found = env
    .registry()
    .all()
    .find(({ type: { resource } }) => {
      return resource.group === group && resource.version === version && resource.kind === kind
    })
  if (found) return found
  const wanted = formatGroupVersionKind({ group, version, kind })
  throw new ConfigurationError(
    `failed to configure policy: failed to find resource referenced by paramKind: '${wanted}'`,
  )
}

function namespaceFor(
  { type }: ServedKind,
  { namespace = '' }: ParamRef,
  attributes: AdmissionAttributes,
): string {
  if (!type.resource.namespaced) {
    if (namespace === '') return ''
    throw new ConfigurationError(
      'failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`',
    )
  }
  const own = namespace || namespaceOf(attributes)
  if (own !== '') return own
  throw new ConfigurationError(
    'failed to configure binding: cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
  )
}

async function find(
  { type }: ServedKind,
  { name, selector }: ParamRef,
  namespace: string,
  { live }: AdmissionEnvironment,
): Promise<readonly ApiObject[]> {
  if (name) {
    const param = await withConversions(() => live.get(type, { namespace, name }))
    return param ? [param] : []
  }
  const wanted = selectorFrom(selector)
  const all = await withConversions(() => live.list(type, namespace))
  return all.filter(({ metadata }) => matches(wanted, metadata.labels ?? {}))
}
