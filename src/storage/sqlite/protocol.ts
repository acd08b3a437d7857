import type { HistoryLimits } from '../memory/history.ts'
import type { StoreOpenProblem } from '../store.ts'
import type { PackedRows } from './rows.ts'

/** What the store and its worker thread say to each other. */

export interface WorkerOptions {
  readonly file: string
  readonly history: HistoryLimits
  /** How large the file may grow. */
  readonly bytesMax: number
}

export type ToWorker =
  | WriteMessage
  | { readonly type: 'read'; readonly id: number; readonly query: Query }
  | { readonly type: 'compact'; readonly id: number; readonly revision: number }
  | { readonly type: 'copy'; readonly id: number; readonly file: string }
  /** What was written before that time need not be readable any more; milliseconds since the Unix epoch. */
  | { readonly type: 'forget'; readonly beforeMs: number }
  | { readonly type: 'close' }

export interface WriteMessage {
  readonly type: 'write'
  readonly rows: PackedRows
  /** How many bytes of values these rows turn into history. */
  readonly supersededBytes: number
  /** How often writes had been refused when this was sent: what was sent before is refused, too. */
  readonly epoch: number
}

export type FromWorker =
  /** Some of the newest entries, while the store is being opened. */
  | { readonly type: 'loaded'; readonly rows: PackedRows }
  | { readonly type: 'opened'; readonly revision: number }
  | {
      readonly type: 'refused'
      readonly problem: StoreOpenProblem
      readonly why: string
      readonly cause: unknown
    }
  /** Every write up to and including `revision` is durable. */
  | { readonly type: 'committed'; readonly revision: number }
  /** What was sent and is not yet said to be durable never will be. What is sent from now on may fare better. */
  | {
      readonly type: 'refused writes'
      readonly revision: number
      readonly why: string
      readonly cause: unknown
    }
  /** What was not yet said to be durable may not be; nothing more will be written. */
  | { readonly type: 'failed'; readonly why: string; readonly cause: unknown }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer }

/** Reads of a past that is not in memory. */
export type Query =
  | { readonly type: 'get'; readonly key: string; readonly revision: number }
  | {
      readonly type: 'list'
      readonly prefix: string
      readonly revision: number
      readonly limit?: number
      readonly after?: string
    }
  /** The last revision that was written until then. */
  | { readonly type: 'revision at'; readonly timeMs: number }
  /** Events above `from`, up to and including `through` or some revision before. */
  | {
      readonly type: 'events'
      readonly prefix: string
      readonly from: number
      readonly through: number
    }

export type Answer =
  | { readonly type: 'done' }
  | { readonly type: 'rows'; readonly rows: PackedRows; readonly count: number }
  /** `previous` holds the rows that those of the same `previousRevision` in `rows` supersede. */
  | {
      readonly type: 'events'
      readonly rows: PackedRows
      readonly previous: PackedRows
      readonly revision: number
    }
  | { readonly type: 'revision'; readonly revision: number }
  | { readonly type: 'compacted'; readonly revision: number }
  /** What was asked for could not be written. */
  | { readonly type: 'unwritten'; readonly why: string; readonly cause: unknown }
  | { readonly type: 'error'; readonly error: unknown }
