import { ProtoReader } from './proto-reader.ts'
import { ProtoWriter } from './proto-writer.ts'

/** How one field is written and read; its type parameter is what a reader sees. */
export interface Field<T, Presence extends 'always' | 'maybe' = 'always' | 'maybe'> {
  readonly tag: number
  /** Whether a message that lacks the field still shows a value: zero, empty. */
  readonly presence: Presence
  /** The value of a field that is not on the wire. */
  readonly empty: T | undefined
  /** Writes the value, tag included, or nothing when it is the empty one. */
  write(writer: ProtoWriter, value: T): void
  /** Reads one occurrence; `previous` is what earlier ones of the same field gave. */
  read(reader: ProtoReader, wireType: number, previous: T | undefined): T
}

// `any`, since a field both takes and gives its type: no other type holds all fields.
// oxlint-disable-next-line typescript/no-explicit-any
type AnyField<Presence extends 'always' | 'maybe'> = Field<any, Presence>
type Fields = Readonly<Record<string, AnyField<'always' | 'maybe'>>>
type TypeOf<F> = F extends Field<infer T> ? T : never
type KeysOf<F extends Fields, Presence extends 'always' | 'maybe'> = {
  [K in keyof F]: F[K] extends AnyField<Presence> ? K : never
}[keyof F]

/** A message as it is read: scalars, lists and maps are always there, other messages may be missing. */
export type Message<F extends Fields> = {
  readonly [K in KeysOf<F, 'always'>]: TypeOf<F[K]>
} & { readonly [K in KeysOf<F, 'maybe'>]?: TypeOf<F[K]> }

/** A message as it is given to be written: what is left out is empty. */
export type Input<T> = T extends string | number | bigint | boolean | Uint8Array
  ? T
  : T extends readonly (infer E)[]
    ? readonly Input<E>[]
    : { readonly [K in keyof T]?: Input<T[K]> }

/** A declared message. The class is a name and a codec, never instantiated: messages are plain objects. */
export interface MessageClass<T> {
  new (): T
  encode(value: Input<T>): Uint8Array
  decode(bytes: Uint8Array): T
}

/**
 * Declares a protobuf (proto3) message: `class Version extends message({ version: string(1) }) {}`. Fields that are
 * not declared are skipped when read.
 */
export function message<F extends Fields>(fields: F): MessageClass<Message<F>> {
  const named = Object.entries(fields)
  const byTag = new Map(named.map(([name, field]) => [field.tag, { name, field }]))
  const defaults = named.filter(([, field]) => field.presence === 'always')

  class Declared {
    static encode(value: Readonly<Record<string, unknown>>): Uint8Array {
      const writer = new ProtoWriter()
      for (const [name, field] of named) {
        if (value[name] !== undefined) field.write(writer, value[name])
      }
      return writer.bytes()
    }

    static decode(bytes: Uint8Array): Record<string, unknown> {
      const value: Record<string, unknown> = {}
      for (const [name, field] of defaults) value[name] = field.empty
      const reader = new ProtoReader(bytes)
      while (!reader.done) {
        const { tag, wireType } = reader.key()
        const known = byTag.get(tag)
        if (!known) reader.skip(wireType)
        else value[known.name] = known.field.read(reader, wireType, value[known.name])
      }
      return value
    }
  }
  return Declared as unknown as MessageClass<Message<F>>
}
