import type { ScalarType } from './field.ts'

/** OpenAPI 2.0 or 3.0. */
export type OpenApiVersion = 2 | 3

export type OpenApiSchema = Readonly<Record<string, unknown>>

/** A scalar that OpenAPI knows by name: its definition stands beside those of the messages. */
interface NamedScalar {
  readonly name: string
  readonly doc: string
  readonly schema: (version: OpenApiVersion) => OpenApiSchema
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const APIEXTENSIONS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1'

/** Scalars that are written in place. */
export const INLINE_SCALARS: Partial<Record<ScalarType, OpenApiSchema>> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  uint32: { type: 'integer', format: 'int64' },
  uint64: { type: 'integer', format: 'int64' },
  float: { type: 'number', format: 'float' },
  double: { type: 'number', format: 'double' },
  byte: { type: 'integer', format: 'byte' },
  bytes: { type: 'string', format: 'byte' },
}

/** Scalars that are referred to. */
export const NAMED_SCALARS: Partial<Record<ScalarType, NamedScalar>> = {
  quantity: {
    name: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
    doc: 'A number with a suffix, such as 500m, 2Gi or 1e3. It is written with the largest suffix that needs no fraction.',
    schema: (version) =>
      version === 2 ? { type: 'string' } : { oneOf: [{ type: 'string' }, { type: 'number' }] },
  },
  intOrString: {
    name: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
    doc: 'A number or a string, such as a port by number or name, or a count or percentage.',
    schema: (version) =>
      version === 2
        ? { type: 'string', format: 'int-or-string' }
        : { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' },
  },
  time: {
    name: `${META}.Time`,
    doc: 'A point in time, in RFC 3339 form with whole seconds.',
    schema: () => ({ type: 'string', format: 'date-time' }),
  },
  microTime: {
    name: `${META}.MicroTime`,
    doc: 'A point in time, in RFC 3339 form with microseconds.',
    schema: () => ({ type: 'string', format: 'date-time' }),
  },
  duration: {
    name: `${META}.Duration`,
    doc: 'A duration as Go writes it, such as 1h30m0s.',
    schema: () => ({ type: 'string' }),
  },
  rawExtension: {
    name: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
    doc: 'An object of any kind, kept as it came.',
    schema: () => ({ type: 'object' }),
  },
  fieldsV1: {
    name: `${META}.FieldsV1`,
    doc: 'A set of fields as a tree: f:NAME for a field, k:KEYS or v:VALUE for the item of a list, and "." for a node itself.',
    schema: () => ({ type: 'object' }),
  },
  json: { name: `${APIEXTENSIONS}.JSON`, doc: 'Any JSON value.', schema: () => ({}) },
  jsonSchemaPropsOrArray: {
    name: `${APIEXTENSIONS}.JSONSchemaPropsOrArray`,
    doc: 'A JSON schema, or a list of them.',
    schema: () => ({}),
  },
  jsonSchemaPropsOrBool: {
    name: `${APIEXTENSIONS}.JSONSchemaPropsOrBool`,
    doc: 'A JSON schema, or whether anything goes.',
    schema: () => ({}),
  },
  jsonSchemaPropsOrStringArray: {
    name: `${APIEXTENSIONS}.JSONSchemaPropsOrStringArray`,
    doc: 'A JSON schema, or a list of property names.',
    schema: () => ({}),
  },
}
