import type { JSONSchemaPropsValue } from '../../../api/apiextensions/v1/common.ts'

/** A structural schema (KEP-1178), as it stands in the definition of a custom resource. */
export type Schema = JSONSchemaPropsValue

export type Json = Readonly<Record<string, unknown>>

/** The fields that every object has, whatever its schema says. */
export const META_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata'])

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The schema of the items of a list. */
export function itemsOf({ items }: Schema): Schema | undefined {
  return isObject(items) ? items : undefined
}

/** The schema of the values of a map; undefined where there is none, or anything goes. */
export function valuesOf({ additionalProperties }: Schema): Schema | undefined {
  return isObject(additionalProperties) ? additionalProperties : undefined
}

/** Whether there may be other keys than those that are named. */
export function isMap({ additionalProperties }: Schema): boolean {
  return additionalProperties !== undefined && additionalProperties !== false
}

export function preservesUnknown(schema: Schema): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] === true
}

export function isEmbedded(schema: Schema): boolean {
  return schema['x-kubernetes-embedded-resource'] === true
}

/** The schema as that of a whole object, whose own fields are known without it. */
export function asRoot(schema: Schema): Schema {
  return isEmbedded(schema) ? schema : { ...schema, 'x-kubernetes-embedded-resource': true }
}

/** The schemas under the same value, and below it, that say how it is built. */
export function childrenOf(schema: Schema, path: string): readonly (readonly [Schema, string])[] {
  const [items, values] = [itemsOf(schema), valuesOf(schema)]
  return [
    ...(items ? [[items, `${path}.items`] as const] : []),
    ...Object.entries(schema.properties ?? {}).map(
      ([name, each]) => [each, `${path}.properties[${name}]`] as const,
    ),
    ...(values ? [[values, `${path}.additionalProperties`] as const] : []),
  ]
}

/** Whether something holds of the schema or of any below it. */
export function someSchema(schema: Schema, holds: (schema: Schema) => boolean): boolean {
  return holds(schema) || childrenOf(schema, '').some(([each]) => someSchema(each, holds))
}
