import type { ApiObject } from '../registry/api-object.ts'

/** Which objects a watch is about. */
export interface Filter {
  /** Filters with the same key select the same objects, so that the work is done once for all their watches. */
  readonly key: string
  /** What the keys of the objects begin with in the store. */
  readonly prefix: string
  /** Absent where every object below the prefix is selected. */
  readonly matches?: (object: ApiObject) => boolean
  /** A field that must have one certain value: events of objects with another value need not be looked at. */
  readonly trigger?: {
    readonly field: string
    readonly value: string
    readonly valueOf: (object: ApiObject) => string
  }
}
