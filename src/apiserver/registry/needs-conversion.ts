import type { JsonObject } from '../../apimachinery/managed-fields/type-schema.ts'
import { encodeJson } from '../../schema/json.ts'
import type { ApiObject } from './api-object.ts'

/** Brings objects into another version, all at once. */
type Converter = (
  objects: readonly ApiObject[],
  apiVersion: string,
) => Promise<readonly ApiObject[]>

const KEPT_MAX = 100

/**
 * Thrown by work that cannot wait, and needs an object in a version that only a webhook can bring it into. Whoever
 * began the work awaits `resolve()` and begins anew, and then the object is there.
 */
export class NeedsConversion extends Error {
  override readonly name = 'NeedsConversion'
  readonly resolve: () => Promise<void>

  constructor(resolve: () => Promise<void>) {
    super('an object is needed in another version')
    this.resolve = resolve
  }

  /** Conversion for work that cannot wait. */
  static converting(convert: Converter): (object: JsonObject, apiVersion: string) => JsonObject {
    const kept = new Map<string, JsonObject>()
    return (object, apiVersion) => {
      const key = `${apiVersion} ${encodeJson(object)}`
      const known = kept.get(key)
      if (known) return known
      throw new NeedsConversion(async () => {
        const [converted] = await convert([object as unknown as ApiObject], apiVersion)
        if (kept.size >= KEPT_MAX) kept.clear()
        kept.set(key, converted as unknown as JsonObject)
      })
    }
  }
}

/** Does work that may need conversions, each time anew until all are there. */
export async function withConversions<T>(work: () => T | Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof NeedsConversion)) throw error
      await error.resolve()
    }
  }
}
