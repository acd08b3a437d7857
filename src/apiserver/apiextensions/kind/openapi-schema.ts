import type { OpenApiSchema, OpenApiVersion } from '../../../schema/openapi.ts'
import {
  isEmbedded,
  isObject,
  itemsOf,
  preservesUnknown,
  valuesOf,
  type Schema,
} from '../schema/schema.ts'

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'
const API_VERSION =
  'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources'
const KIND =
  'Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds'
const METADATA =
  "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"

/**
 * The schema of a custom resource as OpenAPI documents tell it. Version 2 knows neither junctors nor nullable values, and
 * its clients stumble over unknown fields that are preserved, so there these are left open.
 */
export function openApiSchema(schema: Schema | undefined, version: OpenApiVersion): OpenApiSchema {
  if (!schema || (version === 2 && preservesUnknown(schema))) return { type: 'object' }
  const told = (version === 2 ? asVersion2(schema) : asVersion3(schema)) as {
    readonly properties?: OpenApiSchema
  }
  const metadata = reference(version)
  return { ...told, properties: { ...told.properties, ...typeMeta(), metadata } }
}

function typeMeta(): OpenApiSchema {
  return {
    apiVersion: { description: API_VERSION, type: 'string' },
    kind: { description: KIND, type: 'string' },
  }
}

function reference(version: OpenApiVersion): OpenApiSchema {
  if (version === 2) return { description: METADATA, $ref: `#/definitions/${OBJECT_META}` }
  return { description: METADATA, allOf: [{ $ref: `#/components/schemas/${OBJECT_META}` }] }
}

function asVersion3(schema: Schema): OpenApiSchema {
  const { type: _, ...rest } = schema
  const isEither = schema['x-kubernetes-int-or-string'] === true
  const hasLogic = schema.anyOf !== undefined || schema.allOf !== undefined
  return withChildren(
    schema,
    {
      ...(isEither ? rest : schema),
      ...(isEither && !hasLogic && { anyOf: [{ type: 'integer' }, { type: 'string' }] }),
    },
    3,
  )
}

const NOT_IN_VERSION_2 = ['allOf', 'anyOf', 'oneOf', 'not', 'nullable'] as const

function asVersion2(schema: Schema): OpenApiSchema {
  const told: Record<string, unknown> = { ...schema }
  for (const name of NOT_IN_VERSION_2) delete told[name]
  const isOpen = schema.nullable === true || preservesUnknown(schema)
  const hasNoItems = schema.type === 'array' && !itemsOf(schema)
  if (isOpen) {
    delete told['items']
    delete told['properties']
  }
  if (schema.nullable || hasNoItems || (isOpen && schema.type !== 'string')) delete told['type']
  const nullable = Object.entries(schema.properties ?? {}).filter((each) => each[1].nullable)
  const names = new Set(nullable.map(([name]) => name))
  const required = schema.required?.filter((name) => !names.has(name)) ?? []
  if (required.length > 0) told['required'] = required
  else delete told['required']
  return isOpen ? told : withChildren(schema, told, 2)
}

function withChildren(schema: Schema, told: OpenApiSchema, version: OpenApiVersion): OpenApiSchema {
  const convert = version === 2 ? asVersion2 : asVersion3
  const [items, values] = [itemsOf(schema), valuesOf(schema)]
  const properties =
    schema.properties &&
    Object.fromEntries(
      Object.entries(schema.properties).map(([name, each]) => [name, convert(each)]),
    )
  const embedded = isEmbedded(schema) && {
    properties: { ...properties, ...typeMeta(), metadata: reference(version) },
    required: [...new Set([...((told['required'] as string[]) ?? []), 'kind', 'apiVersion'])],
  }
  return {
    ...told,
    ...(properties && { properties }),
    ...(items && { items: convert(items) }),
    ...(isObject(values) && { additionalProperties: convert(values) }),
    ...embedded,
  }
}
