import type { FieldInfo, Zero } from '../../src/schema/field.ts'
import { openapiName, type MessageClass } from '../../src/schema/message.ts'

/** All that is compared of a field. */
export interface FieldFacts {
  /** A scalar's name, or the OpenAPI name of a message. */
  readonly type: string
  readonly shape: FieldInfo['shape']
  /** The path of protobuf tags; none where the field is not on the wire. */
  readonly tags: readonly number[]
  readonly required: boolean
  readonly zero: Zero
  /** The default that OpenAPI tells. */
  readonly default: unknown
  readonly enum: readonly string[] | undefined
  readonly listType: string | undefined
  readonly mapKeys: readonly string[] | undefined
  readonly atomic: boolean
  readonly patchStrategy: string | undefined
  readonly patchMergeKey: string | undefined
  readonly deprecated: boolean
}

/** The lines of a message as we declare it: its name, then its fields by name, each with all that is compared. */
export function typeLines(message: MessageClass): string[] {
  const fields = Object.entries(message.fields).map(([name, { info }]) =>
    fieldLine(name, factsOf(info)),
  )
  return [typeLine(openapiName(message), message.info.atomic), ...fields.toSorted()]
}

export function typeLine(name: string, atomic: boolean): string {
  return atomic ? `${name} atomic` : name
}

/** Such as `  ports 1 []io.k8s.api.core.v1.ServicePort map(port,protocol) patch(merge,port)`. */
export function fieldLine(name: string, facts: FieldFacts): string {
  const { tags, zero, required, atomic, deprecated } = facts
  const words = [
    tags.join('.') || '-',
    PREFIXES[facts.shape] + facts.type,
    required && 'required',
    zero,
    facts.enum && `enum(${facts.enum.toSorted().join('|')})`,
    facts.default !== undefined && `default(${JSON.stringify(facts.default)})`,
    facts.listType !== undefined && `list(${[facts.listType, ...(facts.mapKeys ?? [])].join(' ')})`,
    atomic && 'atomic',
    facts.patchStrategy !== undefined &&
      `patch(${[facts.patchStrategy, facts.patchMergeKey ?? []].flat().join(' ')})`,
    deprecated && 'deprecated',
  ]
  return `  ${name} ${words.filter((word) => typeof word === 'string').join(' ')}`
}

const PREFIXES = { single: '', list: '[]', map: 'map ' }

function factsOf(info: FieldInfo): FieldFacts {
  return {
    type: info.of ? openapiName(info.of()) : info.type,
    shape: info.shape,
    tags: info.tag === 0 ? [] : [...(info.within ?? []), info.tag],
    required: info.presence === 'required',
    zero: info.zero,
    default: info.defaultTold ? info.default : undefined,
    enum: info.enum,
    listType: info.listType,
    mapKeys: info.mapKeys,
    atomic: info.atomic === true,
    patchStrategy: info.patchStrategy,
    patchMergeKey: info.patchMergeKey,
    deprecated: info.deprecated === true,
  }
}
