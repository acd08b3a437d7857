import type { FieldInfo } from './field.ts'
import type { MessageClass } from './message.ts'

/** A field of a message on the protobuf wire: one that is declared, or a sub-message that JSON does not have. */
export type ProtoField =
  | {
      readonly kind: 'field'
      readonly tag: number
      readonly name: string
      readonly info: FieldInfo
    }
  | { readonly kind: 'group'; readonly tag: number; readonly fields: readonly ProtoField[] }

/** The fields of a message on the wire, by tag. Those without a tag stay off it. */
export function protoFields(message: MessageClass): readonly ProtoField[] {
  const declared = Object.entries(message.fields)
    .filter(([, { info }]) => info.tag > 0)
    .map(([name, { info }]): Declared => ({ name, info, within: info.within ?? [] }))
  return grouped(declared)
}

interface Declared {
  readonly name: string
  readonly info: FieldInfo
  /** The tags of the sub-messages that are still to be gone into. */
  readonly within: readonly number[]
}

function grouped(declared: readonly Declared[]): readonly ProtoField[] {
  const fields: ProtoField[] = []
  const groups = new Map<number, Declared[]>()
  for (const { name, info, within } of declared) {
    const [tag, ...rest] = within
    if (tag === undefined) fields.push({ kind: 'field', tag: info.tag, name, info })
    else groups.set(tag, [...(groups.get(tag) ?? []), { name, info, within: rest }])
  }
  for (const [tag, inner] of groups) fields.push({ kind: 'group', tag, fields: grouped(inner) })
  return fields.toSorted((a, b) => a.tag - b.tag)
}
