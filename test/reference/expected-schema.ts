import type { FieldFact, TypeFact } from './type-facts.ts'

export type Schema = Readonly<Record<string, unknown>>
export type Version = 2 | 3

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const APIEXTENSIONS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1'

/** Scalars that have a definition of their own. */
export const NAMED: Readonly<Record<string, string>> = {
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  intOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  rawExtension: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
  time: `${META}.Time`,
  microTime: `${META}.MicroTime`,
  duration: `${META}.Duration`,
  fieldsV1: `${META}.FieldsV1`,
  json: `${APIEXTENSIONS}.JSON`,
  jsonSchemaPropsOrArray: `${APIEXTENSIONS}.JSONSchemaPropsOrArray`,
  jsonSchemaPropsOrBool: `${APIEXTENSIONS}.JSONSchemaPropsOrBool`,
  jsonSchemaPropsOrStringArray: `${APIEXTENSIONS}.JSONSchemaPropsOrStringArray`,
}

/** Scalars that are written in place, and what their default is where there is nothing. */
const INLINE: Readonly<Record<string, readonly [schema: Schema, zero?: unknown]>> = {
  string: [{ type: 'string' }, ''],
  bool: [{ type: 'boolean' }, false],
  int32: [{ type: 'integer', format: 'int32' }, 0],
  int64: [{ type: 'integer', format: 'int64' }, 0],
  uint32: [{ type: 'integer', format: 'int64' }, 0],
  uint64: [{ type: 'integer', format: 'int64' }, 0],
  double: [{ type: 'number', format: 'double' }, 0],
  byte: [{ type: 'integer', format: 'byte' }, 0],
  bytes: [{ type: 'string', format: 'byte' }],
}

/** The definition that Kubernetes' OpenAPI has for a type, without its descriptions. */
export function expectedSchema({ atomic, fields }: TypeFact, version: Version): Schema {
  const required = fields.filter((field) => field.required).map(({ name }) => name)
  return {
    type: 'object',
    ...(fields.length > 0 && {
      properties: Object.fromEntries(fields.map((each) => [each.name, property(each, version)])),
    }),
    ...(required.length > 0 && { required: required.toSorted() }),
    ...(atomic && { 'x-kubernetes-map-type': 'atomic' }),
  }
}

function property(fact: FieldFact, version: Version): Schema {
  const { listType, mapKeys, atomic, patchStrategy, patchMergeKey } = fact
  return {
    ...typed(fact, version),
    ...(listType !== undefined && { 'x-kubernetes-list-type': listType }),
    ...(mapKeys && { 'x-kubernetes-list-map-keys': mapKeys }),
    ...(atomic && { 'x-kubernetes-map-type': 'atomic' }),
    ...(patchStrategy !== undefined && { 'x-kubernetes-patch-strategy': patchStrategy }),
    ...(patchMergeKey !== undefined && { 'x-kubernetes-patch-merge-key': patchMergeKey }),
  }
}

function typed(fact: FieldFact, version: Version): Schema {
  const { shape, written } = fact
  if (shape === 'list') return { type: 'array', items: value(fact, version, true) }
  if (shape === 'map') return { type: 'object', additionalProperties: value(fact, version, true) }
  const schema = value(fact, version, written)
  // A reference that something is said about, and be it by the description alone, is wrapped.
  return '$ref' in schema && version === 3 ? { allOf: [schema] } : schema
}

/** `hasZero`: where there is nothing, it is the zero value. Version 2 does not tell defaults. */
function value(fact: FieldFact, version: Version, hasZero: boolean): Schema {
  const { type } = fact
  const inline = INLINE[type]
  const zero = inline ? inline[1] : type.startsWith('io.k8s.') ? {} : undefined
  const told = fact.default ?? (hasZero ? zero : undefined)
  const said = version === 3 && told !== undefined ? { default: told } : {}
  const values = fact.enum && { enum: fact.enum.toSorted() }
  if (type === 'stringList') {
    const items = { type: 'string', ...(version === 3 && { default: '' }) }
    return { type: 'array', items }
  }
  return inline
    ? { ...said, ...inline[0], ...values }
    : reference(NAMED[type] ?? type, said, version)
}

function reference(name: string, said: Schema, version: Version): Schema {
  if (version === 2) return { $ref: `#/definitions/${name}` }
  const $ref = `#/components/schemas/${name}`
  return Object.keys(said).length > 0 ? { ...said, allOf: [{ $ref }] } : { $ref }
}
