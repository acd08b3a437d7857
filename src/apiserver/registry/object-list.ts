import type { StoredObject } from './stored-object.ts'

export interface ObjectList {
  readonly items: readonly StoredObject[]
  readonly resourceVersion: string
  /** How to get the rest; absent at the end. */
  readonly continue?: string
  /** How many objects are in the rest, where no selector makes that hard to tell. */
  readonly remainingItemCount?: number
}
