import { encodeJson } from '../../../schema/json.ts'
import { utf8 } from '../../base/bytes.ts'
import { listHead } from '../../pipeline/values.ts'
import { inVersion } from '../../registry/served-kind.ts'
import type { WatchEncoding } from './encoding.ts'

const COMMA = utf8(',')
const LIST_END = utf8(']}')
const EVENT_END = utf8('}\n')

/** JSON as it is kept with the objects: by far the most of all answers. */
export const jsonEncoding: WatchEncoding = {
  object: (kind, stored) => inVersion(kind, stored).json,

  // The pieces are those that are kept with the objects, so a long list costs hardly any memory of its own.
  async list(kind, list, turn) {
    const head = encodeJson(listHead(kind.type, list))
    const pieces = [utf8(`${head.slice(0, -1)},"items":[`)]
    for (const [i, item] of list.items.entries()) {
      const wait = turn()
      if (wait) await wait
      if (i > 0) pieces.push(COMMA)
      pieces.push(inVersion(kind, item).json)
    }
    pieces.push(LIST_END)
    return pieces
  },

  value: (value) => utf8(encodeJson(value)),

  event: (type, object) => [prefixOf(type), object, EVENT_END],
}

const PREFIXES: Readonly<Record<string, Uint8Array>> = Object.fromEntries(
  ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'].map((type) => [
    type,
    utf8(`{"type":"${type}","object":`),
  ]),
)

function prefixOf(type: string): Uint8Array {
  return PREFIXES[type]!
}

/** JSON with two spaces for each step inwards. */
export function prettyJson(value: unknown): string {
  const exact = (_: string, each: unknown): unknown =>
    typeof each === 'bigint' ? rawJSON(String(each)) : each
  return `${JSON.stringify(value, exact, 2)}\n`
}

// Not yet known to TypeScript: https://tc39.es/proposal-json-parse-with-source/
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown }
