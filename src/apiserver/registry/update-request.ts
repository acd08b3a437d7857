import type { UpdateStrategy } from '../../api/strategy.ts'
import type { Entry } from '../../storage/store.ts'
import type { ApiObject } from './api-object.ts'
import type { StoredObject } from './stored-object.ts'

export interface UpdateRequest {
  readonly name: string
  /** The rules by which the object is updated: the resource's own, or those of a subresource. */
  readonly strategy: UpdateStrategy<ApiObject>
  /**
   * Makes the new object of the one that is stored, undefined where there is none. Called anew when another write came
   * first. `admission` has yet to see the result.
   */
  readonly change: (current: ApiObject | undefined) => ApiObject | Promise<ApiObject>
  /** Whether an object that does not exist may be created. Throws where the user may not. */
  readonly mayCreate?: (() => void | Promise<void>) | undefined
  /** An object without resourceVersion replaces whatever is there. */
  readonly unconditional: boolean
  /** What must hold of the stored object. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string } | undefined
}

export interface UpdateResult {
  readonly object: StoredObject
  readonly created: boolean
}

/** The result, or what was found in place of what was expected. */
export type Attempt = UpdateResult | { readonly retryWith: Entry | undefined }
