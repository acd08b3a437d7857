import { VARINT, type ProtoWriter } from '../../schema/proto-writer.ts'

/** Writes a value of JSON with its tag. */
export type Write = (writer: ProtoWriter, value: unknown) => void

export function text(tag: number): Write {
  return within(tag, (writer, value) => writer.text(String(value)))
}

export function bool(tag: number): Write {
  return (writer, value) => {
    writer.varint(value === true ? 1 : 0)
    writer.tag(tag, VARINT)
  }
}

/** A value of any form, as YAML; JSON is YAML, too. */
export function any(tag: number): Write {
  const yaml = text(2)
  return within(tag, (writer, value) => yaml(writer, JSON.stringify(value)))
}

/** A message within a message. */
export function within(tag: number, write: Write): Write {
  return (writer, value) => {
    const before = writer.length
    write(writer, value)
    writer.nested(tag, before)
  }
}

/** The items of a list, each with the tag. */
export function each(write: Write): Write {
  return (writer, value) => {
    for (const item of (value as readonly unknown[]).toReversed()) write(writer, item)
  }
}

/** The members of an object: messages of a name, with tag 1, and a value, with tag 2. */
export function named(tag: number, write: (tag: number) => Write): Write {
  const [name, content] = [text(1), write(2)]
  return (writer, value) => {
    for (const [key, item] of Object.entries(value as object).toReversed()) {
      const before = writer.length
      content(writer, item)
      name(writer, key)
      writer.nested(tag, before)
    }
  }
}

/** How the fields of an object are written. Those that begin with `x-` are extensions; others there are none. */
export interface Fields {
  readonly fields: Readonly<Record<string, Write>>
  readonly extensions: number
}

/** An object. Its fields are asked for late, since schemas contain schemas. */
export function object(of: () => Fields): Write {
  return (writer, value) => {
    const { fields, extensions } = of()
    for (const [name, item] of Object.entries(value as object).toReversed()) {
      const write = fields[name]
      if (write) write(writer, item)
      else if (name.startsWith('x-')) named(extensions, any)(writer, { [name]: item })
    }
  }
}
