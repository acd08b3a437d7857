import type { FieldInfo } from './field.ts'
import { openapiName, type MessageClass } from './message.ts'
import {
  INLINE_SCALARS,
  NAMED_SCALARS,
  type OpenApiSchema,
  type OpenApiVersion,
} from './openapi-scalars.ts'
import type { ResourceInfo } from './resource.ts'
import { zeroOf } from './zero.ts'

export type { OpenApiSchema, OpenApiVersion }

/** A group, version and kind that a definition is served as. */
export interface OpenApiKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

/**
 * The schema of a message, as Kubernetes' OpenAPI documents have it. Version 2 leaves out defaults, version 3 wraps
 * references that something is said about. `kinds` are those that the message is served as, where it does not tell.
 */
export function schemaOf(
  message: MessageClass,
  version: OpenApiVersion,
  kinds: readonly OpenApiKind[] = kindsOf(message),
): OpenApiSchema {
  const own = message.info.openApi?.(version)
  if (own) return { ...own, ...kindsExtension(kinds) }
  const fields = Object.entries(message.fields)
  const required = fields.filter(([, { info }]) => info.presence === 'required')
  const properties = fields.map(([name, { info }]) => [name, propertyOf(info, version)])
  return {
    description: message.info.doc,
    type: 'object',
    ...(fields.length > 0 && { properties: Object.fromEntries(properties) as OpenApiSchema }),
    ...(required.length > 0 && { required: required.map(([name]) => name) }),
    ...(message.info.atomic && { 'x-kubernetes-map-type': 'atomic' }),
    ...kindsExtension(kinds),
  }
}

function kindsExtension(kinds: readonly OpenApiKind[]): OpenApiSchema {
  if (kinds.length === 0) return {}
  const all = kinds.map(({ group, version, kind }) => ({ group, kind, version }))
  return { 'x-kubernetes-group-version-kind': all }
}

/** The definitions of messages and of all that they refer to, by name. */
export function definitionsOf(
  messages: readonly MessageClass[],
  version: OpenApiVersion,
): Readonly<Record<string, OpenApiSchema>> {
  const definitions: Record<string, OpenApiSchema> = {}
  const add = (message: MessageClass): void => {
    const name = openapiName(message)
    if (Object.hasOwn(definitions, name)) return
    definitions[name] = schemaOf(message, version)
    for (const info of fieldsOf(message)) {
      const scalar = info.type === 'message' ? undefined : NAMED_SCALARS[info.type]
      if (scalar) {
        definitions[scalar.name] ??= { description: scalar.doc, ...scalar.schema(version) }
      }
    }
    for (const each of referencedMessages(message)) add(each)
  }
  for (const message of messages) add(message)
  return definitions
}

/** The messages that a message's fields are made of, each once. */
export function referencedMessages(message: MessageClass): readonly MessageClass[] {
  return [...new Set(fieldsOf(message).flatMap(({ of }) => (of ? [of()] : [])))]
}

function fieldsOf(message: MessageClass): readonly FieldInfo[] {
  return Object.values(message.fields).map(({ info }) => info)
}

function kindsOf(message: MessageClass): readonly OpenApiKind[] {
  const { resource } = message as { readonly resource?: ResourceInfo }
  return resource ? [resource] : []
}

function propertyOf(info: FieldInfo, version: OpenApiVersion): OpenApiSchema {
  const value = version === 3 ? defaultOf(info) : undefined
  const said = {
    ...(info.doc !== '' && { description: info.doc }),
    ...(value !== undefined && { default: value }),
  }
  return { ...withType(info, version, said), ...extensionsOf(info) }
}

function withType(info: FieldInfo, version: OpenApiVersion, said: OpenApiSchema): OpenApiSchema {
  if (info.shape === 'list') return { ...said, type: 'array', items: itemOf(info, version) }
  if (info.shape === 'map') {
    return { ...said, type: 'object', additionalProperties: itemOf(info, version) }
  }
  if (info.enum) return { ...said, type: 'string', enum: info.enum.toSorted() }
  return typeOf(info, version, said)
}

/** The items of a list or map; what stands for a missing one is told as their default. */
function itemOf(info: FieldInfo, version: OpenApiVersion): OpenApiSchema {
  const { type } = info
  const isPlain = type === 'message' || (INLINE_SCALARS[type] && type !== 'bytes')
  const value = type === 'message' ? {} : zeroOf({ ...info, shape: 'single' })
  const said = version === 3 && isPlain ? { default: value } : {}
  if (info.enum) return { ...said, type: 'string', enum: info.enum.toSorted() }
  return typeOf(info, version, said)
}

function typeOf(
  { type, of }: FieldInfo,
  version: OpenApiVersion,
  said: OpenApiSchema,
): OpenApiSchema {
  if (type === 'message') return reference(openapiName(of!()), version, said)
  if (type === 'stringList') {
    const items = { type: 'string', ...(version === 3 && { default: '' }) }
    return { ...said, type: 'array', items }
  }
  const named = NAMED_SCALARS[type]
  return named ? reference(named.name, version, said) : { ...said, ...INLINE_SCALARS[type] }
}

function reference(name: string, version: OpenApiVersion, said: OpenApiSchema): OpenApiSchema {
  if (version === 2) return { ...said, $ref: `#/definitions/${name}` }
  const ref = { $ref: `#/components/schemas/${name}` }
  // Whatever stands beside a reference is not looked at in OpenAPI 3.0.
  return Object.keys(said).length === 0 ? ref : { ...said, allOf: [ref] }
}

function defaultOf(info: FieldInfo): unknown {
  if (info.defaultTold) return info.default
  if (info.shape !== 'single' || info.zero !== 'written') return undefined
  if (info.type === 'message') return {}
  return INLINE_SCALARS[info.type] && info.type !== 'bytes' ? zeroOf(info) : undefined
}

function extensionsOf(info: FieldInfo): OpenApiSchema {
  const { listType, mapKeys, atomic, patchStrategy, patchMergeKey } = info
  return {
    ...(mapKeys && { 'x-kubernetes-list-map-keys': mapKeys }),
    ...(listType && { 'x-kubernetes-list-type': listType }),
    ...(atomic && { 'x-kubernetes-map-type': 'atomic' }),
    ...(patchMergeKey !== undefined && { 'x-kubernetes-patch-merge-key': patchMergeKey }),
    ...(patchStrategy !== undefined && { 'x-kubernetes-patch-strategy': patchStrategy }),
  }
}
