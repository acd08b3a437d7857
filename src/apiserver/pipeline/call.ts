import type { MessageClass } from '../../schema/message.ts'
import type { Success } from '../../apimachinery/status.ts'
import type { ApiRequest } from '../../client/request.ts'
import type { AuditRecord } from '../audit/auditor.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import type { ObjectList } from '../registry/object-list.ts'
import type { ServedKind } from '../registry/served-kind.ts'
import type { StoredObject } from '../registry/stored-object.ts'
import type { Batch } from '../watch-cache/batch.ts'

/** The program that asks. Most calls look at none of this, so it may be made when it is asked for. */
export interface Caller {
  /** Aborts when it waits for the answer no more. */
  readonly signal: AbortSignal
  /** As it names itself; its first word stands in for a missing field manager. */
  readonly userAgent: string
}

/** A request on its way through the server, with what became known of it. */
export interface Call {
  readonly request: ApiRequest
  readonly user: UserInfo
  readonly caller: Caller
  /** Tells the client something without failing the request. */
  readonly warn: (message: string) => void
  /** What is recorded of the call, where something is. */
  readonly audit?: AuditRecord | undefined
  /** Called when a watch has told what there was when it began. */
  readonly onBegun?: (() => void) | undefined
}

/**
 * Of when an answer tells, in milliseconds since the epoch, where not of the present: ages are counted to it. Asked for by
 * tables alone, since a store may have to search for it.
 */
type Moment = () => Promise<number>

/** What comes of a call. Objects are as stored: the front brings them into the version and form of the request. */
export type Answer =
  | {
      readonly type: 'object'
      readonly code: 200 | 201 | 202
      readonly object: StoredObject
      readonly kind: ServedKind
      readonly moment?: Moment
    }
  | {
      readonly type: 'list'
      readonly list: ObjectList
      readonly kind: ServedKind
      readonly moment?: Moment
    }
  | {
      readonly type: 'watch'
      readonly batches: AsyncGenerator<Batch>
      /** Aborts when the watch is ended because its batches were not read. */
      readonly cutOff: AbortSignal
      readonly kind: ServedKind
    }
  /** An object that is not stored, such as a Scale or a review, and its declaration. */
  | {
      readonly type: 'value'
      readonly code: 200 | 201
      readonly value: object
      readonly message: MessageClass
    }
  | { readonly type: 'status'; readonly code: 200 | 201; readonly status: Success }

/** Answers a call, or throws `StatusError`. */
export type Handler = (call: Call) => Promise<Answer>

/** A step on the way: answers itself, or passes the call on, changed or not. */
export type Stage = (next: Handler) => Handler

/** The handler that takes a call through the stages in order. */
export function compose(stages: readonly Stage[], last: Handler): Handler {
  return stages.reduceRight((next, stage) => stage(next), last)
}
