import { encodeJson, parseJson } from '../../schema/json.ts'
import { utf8 } from '../base/bytes.ts'
import { PortRange, type PortSpan } from './port-range.ts'

interface RangeAllocation {
  /** Such as `30000-32767`. */
  readonly range: string
  /** Bitmap of what is taken, in base64: one large number, its highest byte first. */
  readonly data: string
}

/** How the ports that are taken stand in the store: as a RangeAllocation, which is never served. */
export function encodePorts({ span, used }: PortRange): Uint8Array {
  const record: RangeAllocation = { range: span.join('-'), data: bitmap(used, span).toBase64() }
  return utf8(encodeJson({ kind: 'RangeAllocation', apiVersion: 'v1', metadata: {}, ...record }))
}

/** The ports of a span, as far as they are taken; a record of another span counts for what both have. */
export function decodePorts(bytes: Uint8Array, span: PortSpan): PortRange {
  const { range, data } = parseJson(bytes) as RangeAllocation
  const from = Number(range.split('-')[0])
  const map = Uint8Array.fromBase64(data)
  const used: number[] = []
  for (let i = 0; i < map.length * 8; i++) {
    if (((map[map.length - 1 - (i >> 3)]! >> (i & 7)) & 1) === 1) used.push(from + i)
  }
  return new PortRange(span, used)
}

function bitmap(used: Iterable<number>, [from, to]: PortSpan): Uint8Array {
  const map = new Uint8Array(Math.ceil((to - from + 1) / 8))
  for (const port of used) {
    const i = port - from
    map[map.length - 1 - (i >> 3)]! |= 1 << (i & 7)
  }
  const first = map.findIndex((byte) => byte !== 0)
  return map.subarray(first < 0 ? map.length : first)
}
