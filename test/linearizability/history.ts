/** What concurrent clients did and saw. Times are counted, not measured: each call and each return is one tick. */
export interface History {
  readonly operations: readonly Operation[]
  readonly watches: readonly Watched[]
  /** Every change, as the store tells it in the end from the revision at which all began. */
  readonly log: readonly Change[]
  /** The revision at which all began, when there was nothing. */
  readonly from: number
}

/** A change of a key; without a text it was deleted. */
export interface Change {
  readonly key: string
  readonly revision: number
  readonly text?: string
}

/** What a key holds. */
export interface Held {
  readonly key: string
  readonly revision: number
  readonly text: string
}

interface Timed {
  readonly client: string
  readonly calledAt: number
  readonly returnedAt: number
}

export type Operation = Timed &
  (
    | {
        readonly type: 'write'
        readonly key: string
        /** The revision that the key had to have; 0: none. */
        readonly expected: number
        /** Absent for a deletion. */
        readonly text?: string
        readonly outcome:
          /** Some servers do not say which revision a deletion has. */
          | { readonly type: 'done'; readonly revision?: number }
          | { readonly type: 'refused' }
          /** It may be done, now or later. */
          | { readonly type: 'unknown' }
      }
    | { readonly type: 'get'; readonly key: string; readonly found?: Held }
    | {
        readonly type: 'list'
        readonly prefix: string
        readonly revision: number
        readonly found: readonly Held[]
      }
  )

export type WatchItem =
  | { readonly type: 'change'; readonly change: Change }
  | { readonly type: 'progress'; readonly revision: number }

export interface Watched {
  readonly prefix: string
  readonly from: number
  /** Where only some objects were asked for: to the watcher, others do not exist. */
  readonly selects?: (text: string) => boolean
  /** In the order in which they came, over interruptions and resumptions. */
  readonly items: readonly WatchItem[]
}
