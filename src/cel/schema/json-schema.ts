/** What of an OpenAPI v3 schema matters to expressions. JSONSchemaProps and OpenAPI definitions both are such. */
export interface JsonSchema {
  readonly type?: string | undefined
  readonly format?: string | undefined
  readonly properties?: Readonly<Record<string, JsonSchema>> | undefined
  readonly additionalProperties?: boolean | JsonSchema | undefined
  readonly items?: JsonSchema | undefined
  readonly required?: readonly string[] | undefined
  readonly enum?: readonly unknown[] | undefined
  readonly default?: unknown
  readonly maxLength?: number | undefined
  readonly maxItems?: number | undefined
  readonly maxProperties?: number | undefined
  readonly 'x-kubernetes-int-or-string'?: boolean | undefined
  readonly 'x-kubernetes-embedded-resource'?: boolean | undefined
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean | undefined
  readonly 'x-kubernetes-list-type'?: string | undefined
  readonly 'x-kubernetes-list-map-keys'?: readonly string[] | undefined
}

const TEXT: JsonSchema = { type: 'string' }
const OBJECT_META: JsonSchema = {
  type: 'object',
  properties: { name: TEXT, generateName: TEXT },
}

/** A resource's schema where expressions can read kind, apiVersion and its names, whether it mentions them or not. */
export function withTypeAndObjectMeta(schema: JsonSchema): JsonSchema {
  const { kind, apiVersion, metadata } = schema.properties ?? {}
  const isWhole =
    kind?.type === 'string' &&
    apiVersion?.type === 'string' &&
    metadata?.type === 'object' &&
    metadata.properties?.['name']?.type === 'string' &&
    metadata.properties['generateName']?.type === 'string'
  if (isWhole) return schema
  const added = { kind: TEXT, apiVersion: TEXT, metadata: OBJECT_META }
  return { ...schema, properties: { ...schema.properties, ...added } }
}
