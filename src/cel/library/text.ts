import type { Overload } from '../check/overload.ts'
import { fn, method } from '../check/overload.ts'
import { codePointCount } from '../values/text.ts'
import type { ListValue, MapValue } from '../values/value.ts'

const sizeOfText = (text: string): bigint => BigInt(codePointCount(text))
const sizeOfBytes = (bytes: Uint8Array): bigint => BigInt(bytes.length)
const sizeOf = (container: ListValue | MapValue): bigint => BigInt(container.size)

/** Sizes, and tests of text that the language itself has. */
export const TEXT: readonly Overload[] = [
  fn('size', 'size_bytes', 'bytes -> int', sizeOfBytes),
  method('size', 'bytes_size', 'bytes -> int', sizeOfBytes),
  fn('size', 'size_list', 'list(A) -> int', sizeOf),
  method('size', 'list_size', 'list(A) -> int', sizeOf),
  fn('size', 'size_map', 'map(A, B) -> int', sizeOf),
  method('size', 'map_size', 'map(A, B) -> int', sizeOf),
  fn('size', 'size_string', 'string -> int', sizeOfText),
  method('size', 'string_size', 'string -> int', sizeOfText),
  method('contains', 'contains_string', 'string, string -> bool', (text: string, part: string) =>
    text.includes(part),
  ),
  method('endsWith', 'ends_with_string', 'string, string -> bool', (text: string, end: string) =>
    text.endsWith(end),
  ),
  method(
    'startsWith',
    'starts_with_string',
    'string, string -> bool',
    (text: string, start: string) => text.startsWith(start),
  ),
]
