import { ObjectMeta } from '../../api/meta/v1/object-meta.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { openapiName, type MessageClass } from '../../schema/message.ts'
import { definitionsOf, type OpenApiSchema } from '../../schema/openapi.ts'
import { DYN, type DeclaredType } from '../schema/declared-type.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { typesFromSchema } from '../schema/types-from-schema.ts'

const REFERENCE = '#/definitions/'
/** What may be anything, or a string as well as a number. */
const ANYTHING = { 'x-kubernetes-int-or-string': true }
const MIXED = ['IntOrString', 'Quantity']

const TEXT = { type: 'string' }
const OBJECT_META = schemaOf(ObjectMeta)

/** The type that expressions see in the objects of a declared kind. */
export function resourceType(type: ResourceClass): DeclaredType | undefined {
  return typesFromSchema(schemaOf(type), { name: type.resource.kind })
}

/** The type that expressions see in the objects of a custom resource, whose definition has this schema. */
export function customResourceType(kind: string, schema: JsonSchema = {}): DeclaredType {
  if (schema['x-kubernetes-preserve-unknown-fields']) return DYN
  const properties = { ...schema.properties, apiVersion: TEXT, kind: TEXT, metadata: OBJECT_META }
  return typesFromSchema({ type: 'object', properties }, { name: kind })!
}

function schemaOf(message: MessageClass): OpenApiSchema {
  return whole({ $ref: `${REFERENCE}${openapiName(message)}` }, definitionsOf([message], 2), [])
}

/** The schema with all that it refers to in place; a type that contains itself may be anything there. */
function whole(
  schema: OpenApiSchema,
  definitions: Readonly<Record<string, OpenApiSchema>>,
  within: readonly string[],
): OpenApiSchema {
  const { $ref, properties, items, additionalProperties, type } = schema
  if (typeof $ref === 'string') {
    const name = $ref.slice(REFERENCE.length)
    const target = definitions[name]
    const isMixed = MIXED.includes(name.slice(name.lastIndexOf('.') + 1))
    if (!target || isMixed || within.includes(name)) return ANYTHING
    return whole(target, definitions, [...within, name])
  }
  const inner = (each: unknown): OpenApiSchema => whole(each as OpenApiSchema, definitions, within)
  if (properties) {
    const all = Object.entries(properties).map(([name, each]) => [name, inner(each)] as const)
    return { type: 'object', properties: Object.fromEntries(all) }
  }
  if (items) return { type: 'array', items: inner(items) }
  if (additionalProperties)
    return { type: 'object', additionalProperties: inner(additionalProperties) }
  return type === undefined || type === 'object' ? ANYTHING : schema
}
