import type { Field, Input, MessageClass } from './proto3.ts'
import { ProtoReader } from './proto-reader.ts'
import { ProtoWriter } from './proto-writer.ts'

type Scalar<T> = Field<T, 'always'>

/** A number on the wire, left out when it stands for the empty value. */
function varint<T>(
  tag: number,
  empty: T,
  encode: (value: T) => number | bigint,
  decode: (wire: bigint) => T,
): Scalar<T> {
  return {
    tag,
    presence: 'always',
    empty,
    write(writer, value) {
      if (value === empty) return
      writer.key(tag, 0)
      writer.varint(encode(value))
    },
    read: (reader) => decode(reader.varint()),
  }
}

/** A signed integer as a number: beyond 2^53 it is the nearest one, as for "no limit" in statistics. */
export function int64(tag: number): Scalar<number> {
  return { ...varint(tag, 0, Number, signed), read: (reader) => reader.number() }
}

export function uint64(tag: number): Scalar<number> {
  return varint(tag, 0, Number, Number)
}

export const int32 = int64
export const uint32 = uint64

/** A signed integer of which every bit counts, such as a random identifier. */
export function bigInt64(tag: number): Scalar<bigint> {
  return varint(tag, 0n, BigInt, (wire) => BigInt.asIntN(64, wire))
}

/** A point in time in nanoseconds since the Unix epoch, which does not fit a number. 0 means never. */
export const nanoseconds = bigInt64

export function bool(tag: number): Scalar<boolean> {
  return varint(tag, false, Number, Boolean)
}

/** An enum as its names, in the order of their numbers from 0. A number without a name reads as the first. */
export function choice<const Names extends readonly string[]>(
  tag: number,
  names: Names,
): Scalar<Names[number]> {
  const first: Names[number] = names[0]!
  return varint(
    tag,
    first,
    (name) => names.indexOf(name),
    (wire) => names[Number(wire)] ?? first,
  )
}

export function double(tag: number): Scalar<number> {
  return {
    tag,
    presence: 'always',
    empty: 0,
    write(writer, value) {
      if (value === 0) return
      writer.key(tag, 1)
      writer.double(value)
    },
    read: (reader) => reader.double(),
  }
}

export function string(tag: number): Scalar<string> {
  return {
    tag,
    presence: 'always',
    empty: '',
    write(writer, value) {
      if (value === '') return
      writer.key(tag, 2)
      writer.string(value)
    },
    read: (reader) => reader.string(),
  }
}

export function bytes(tag: number): Scalar<Uint8Array> {
  return {
    tag,
    presence: 'always',
    empty: new Uint8Array(),
    write(writer, value) {
      if (value.length === 0) return
      writer.key(tag, 2)
      writer.delimited(value)
    },
    read: (reader) => reader.delimited().slice(), // A copy: the rest of the message need not stay.
  }
}

/** A number that may be missing, where zero is not the same as missing (google.protobuf's wrappers, CRI's own). */
export function optional<T>(tag: number, of: (tag: number) => Scalar<T>): Field<T, 'maybe'> {
  const inner = of(1)
  return {
    tag,
    presence: 'maybe',
    empty: undefined,
    write(writer, value) {
      const wrapped = new ProtoWriter()
      inner.write(wrapped, value)
      writer.key(tag, 2)
      writer.delimited(wrapped.bytes())
    },
    read(reader) {
      const wrapped = new ProtoReader(reader.delimited())
      let value = inner.empty as T
      while (!wrapped.done) {
        const { tag, wireType } = wrapped.key()
        if (tag === 1) value = inner.read(wrapped, wireType, undefined)
        else wrapped.skip(wireType)
      }
      return value
    },
  }
}

/** Another message inside this one. */
export function ref<T>(tag: number, type: MessageClass<T>): Field<T, 'maybe'> {
  return {
    tag,
    presence: 'maybe',
    empty: undefined,
    write(writer, value) {
      writer.key(tag, 2)
      writer.delimited(type.encode(value as Input<T>))
    },
    read: (reader) => type.decode(reader.delimited()),
  }
}

/** A list of strings. */
export function strings(tag: number): Field<readonly string[], 'always'> {
  return list(tag, string)
}

/** A list of messages. */
export function listOf<T>(tag: number, type: MessageClass<T>): Field<readonly T[], 'always'> {
  return list(tag, (tag) => ref(tag, type))
}

function list<T>(tag: number, of: (tag: number) => Field<T>): Field<readonly T[], 'always'> {
  const item = of(tag)
  const empty: readonly T[] = []
  return {
    tag,
    presence: 'always',
    empty,
    write(writer, values) {
      for (const value of values) {
        if (value !== item.empty) item.write(writer, value)
        else writeEmpty(writer, tag)
      }
    },
    read(reader, wireType, previous) {
      const value = item.read(reader, wireType, undefined)
      if (previous === undefined || previous === empty) return [value]
      // Nobody else has seen the list yet, and a copy for each item would cost the square of them.
      ;(previous as T[]).push(value)
      return previous
    },
  }
}

// An empty string in a list is still an item of it.
function writeEmpty(writer: ProtoWriter, tag: number): void {
  writer.key(tag, 2)
  writer.delimited(new Uint8Array())
}

/** A list of integers: written packed, read either way. */
export function integers(tag: number): Field<readonly number[], 'always'> {
  return {
    tag,
    presence: 'always',
    empty: [],
    write(writer, values) {
      if (values.length === 0) return
      const packed = new ProtoWriter()
      for (const value of values) packed.varint(value)
      writer.key(tag, 2)
      writer.delimited(packed.bytes())
    },
    read(reader, wireType, previous) {
      const values = [...(previous ?? [])]
      if (wireType !== 2) return [...values, signed(reader.varint())]
      const packed = new ProtoReader(reader.delimited())
      while (!packed.done) values.push(signed(packed.varint()))
      return values
    },
  }
}

function signed(wire: bigint): number {
  return Number(BigInt.asIntN(64, wire))
}

/** A map from string to string. */
export function stringMap(tag: number): Field<Readonly<Record<string, string>>, 'always'> {
  return {
    tag,
    presence: 'always',
    empty: {},
    write(writer, map) {
      for (const [key, value] of Object.entries(map)) {
        const entry = new ProtoWriter()
        string(1).write(entry, key)
        string(2).write(entry, value)
        writer.key(tag, 2)
        writer.delimited(entry.bytes())
      }
    },
    read(reader, _wireType, previous) {
      const entry = new ProtoReader(reader.delimited())
      const pair = ['', '']
      while (!entry.done) {
        const { tag, wireType } = entry.key()
        if (tag === 1 || tag === 2) pair[tag - 1] = entry.string()
        else entry.skip(wireType)
      }
      // Own properties, so that `__proto__` is a key like any other.
      return Object.fromEntries([...Object.entries(previous ?? {}), pair as [string, string]])
    },
  }
}
