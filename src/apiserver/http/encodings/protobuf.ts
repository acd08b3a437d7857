import { failure } from '../../../apimachinery/status.ts'
import { generic, type StatusError } from '../../../apimachinery/status-error.ts'
import type { MessageClass } from '../../../schema/message.ts'
import {
  encodeMessage,
  encodeProtobuf,
  encodeWatchFrame,
  listPieces,
  wrap,
} from '../../../schema/protobuf.ts'
import { apiVersionOf } from '../../../schema/resource.ts'
import { listHead } from '../../pipeline/values.ts'
import { inVersion, type ServedKind } from '../../registry/served-kind.ts'
import type { StoredObject } from '../../registry/stored-object.ts'
import type { WatchEncoding } from './encoding.ts'

/** Protobuf, each object in its envelope (runtime.Unknown), each event of a watch behind its length. */
export const protobufEncoding: WatchEncoding = {
  object(kind, stored) {
    const { resource } = kind.type
    return wrap(apiVersionOf(resource), resource.kind, bare(kind, stored))
  },

  async list(kind, list, turn) {
    const items: Uint8Array[] = []
    for (const item of list.items) {
      const wait = turn()
      if (wait) await wait
      items.push(bare(kind, item))
    }
    return listPieces(kind.type.list, listHead(kind.type, list), items)
  },

  value(value, message) {
    if (!message) throw notInProtobuf()
    return encodeProtobuf(message, value as never)
  },

  event: (type, object) => [encodeWatchFrame(type, object)],
}

/** The object without its envelope, as it stands in a list. */
function bare(kind: ServedKind, stored: StoredObject): Uint8Array {
  const message: MessageClass | undefined = kind.schema.message
  if (!message) throw notInProtobuf()
  const served = inVersion(kind, stored)
  return served.encoding('protobuf', (object) => encodeMessage(message, object as never))
}

/** The refusal of what has no protobuf form, such as a custom resource. */
function notInProtobuf(): StatusError {
  const message =
    'object *unstructured.Unstructured does not implement the protobuf marshalling interface and cannot be encoded to a protobuf message'
  return generic(failure('NotAcceptable', message))
}
