import { timestamp, type Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import { withMetadata, type ApiObject } from '../registry/api-object.ts'
import { withSystemFields } from '../registry/system-fields.ts'

type FieldNames = Readonly<Record<string, object>>

const ITSELF: FieldNames = { '.': {} }

/** A role or binding of the default policy as the server stores it: just what a create would make of it. */
export function newObject(
  wanted: ApiObject,
  env: { readonly clock: Clock; readonly random: Random },
): ApiObject {
  const managed = {
    manager: 'kube-apiserver',
    operation: 'Update',
    apiVersion: wanted.apiVersion,
    time: timestamp(env.clock),
    fieldsType: 'FieldsV1',
    fieldsV1: fieldsOf(wanted),
  }
  const object = withMetadata(wanted, { managedFields: [managed] })
  return withSystemFields(object['rules'] === null ? { ...object, rules: [] } : object, env)
}

// Rules, subjects and references are each one field as a whole.
function fieldsOf({ metadata, aggregationRule, rules, roleRef, subjects }: ApiObject): FieldNames {
  return {
    ...(aggregationRule !== undefined && {
      'f:aggregationRule': { ...ITSELF, 'f:clusterRoleSelectors': {} },
    }),
    'f:metadata': {
      'f:annotations': keysOf(metadata.annotations),
      'f:labels': keysOf(metadata.labels),
    },
    ...(roleRef !== undefined && { 'f:roleRef': {} }),
    ...(rules !== undefined && rules !== null && { 'f:rules': {} }),
    ...(subjects !== undefined && { 'f:subjects': {} }),
  }
}

function keysOf(map: Readonly<Record<string, string>> = {}): FieldNames {
  const keys = Object.keys(map).toSorted()
  return { ...ITSELF, ...Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) }
}
