import type { MessageClass } from '../../../schema/message.ts'
import { encodeCbor, encodeCborEvent, encodeCborList } from '../../../schema/cbor.ts'
import { listHead } from '../../pipeline/values.ts'
import { inVersion } from '../../registry/served-kind.ts'
import type { WatchEncoding } from './encoding.ts'

/** CBOR (KEP-4222). A watch is a sequence of items, one after the other. */
export const cborEncoding: WatchEncoding = {
  object(kind, stored) {
    const message: MessageClass | undefined = kind.schema.message
    return inVersion(kind, stored).encoding('cbor', (object) => encodeCbor(object, message))
  },

  async list(kind, list, turn) {
    const items: Uint8Array[] = []
    for (const item of list.items) {
      const wait = turn()
      if (wait) await wait
      items.push(cborEncoding.object(kind, item))
    }
    return encodeCborList(listHead(kind.type, list), items)
  },

  value: encodeCbor,

  event: encodeCborEvent,
}
