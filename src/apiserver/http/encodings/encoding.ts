import type { MessageClass } from '../../../schema/message.ts'
import type { ResponseBody } from '../../../serving/exchange.ts'
import type { ObjectList } from '../../registry/object-list.ts'
import type { ServedKind } from '../../registry/served-kind.ts'
import type { StoredObject } from '../../registry/stored-object.ts'

/** Asked before each step of long work: when to wait, and for what. */
export type Turn = () => Promise<void> | undefined

/** How answers are written in one of the encodings of the API. */
export interface AnswerEncoding {
  /** An object in the version of the request. What is made of it is kept with it. */
  readonly object: (kind: ServedKind, stored: StoredObject) => Uint8Array
  readonly list: (kind: ServedKind, list: ObjectList, turn: Turn) => Promise<ResponseBody>
  /** Any other value with kind and apiVersion, and its declaration where it has one. */
  readonly value: (value: object, message: MessageClass | undefined) => Uint8Array
}

/** One that can say where each event of a watch ends. */
export interface WatchEncoding extends AnswerEncoding {
  /** An event around an encoded object, in pieces, so that a large object need not be copied. */
  readonly event: (type: string, object: Uint8Array) => readonly Uint8Array[]
}
