import { findStatusError } from '../../apimachinery/status-error.ts'
import { isConflict, isNotFound } from '../../apimachinery/status-predicates.ts'
import type { Client } from '../../client/client.ts'
import type { AnyObject } from '../../client/dynamic-class.ts'
import { apiVersionOf, type ResourceClass } from '../../schema/resource.ts'

const PAGE_SIZE = 500

/**
 * Writes each object of a resource as it is. `failed` where the server refuses one; throws where it should be tried
 * again.
 */
export async function rewriteAll(
  type: ResourceClass<AnyObject>,
  fieldManager: string,
  client: Client,
): Promise<'done' | 'failed'> {
  let next: string | undefined
  do {
    const page = await client.list(type, {
      limit: PAGE_SIZE,
      ...(next !== undefined && { continue: next }),
    })
    for (const object of page.items) {
      if (!(await rewrite(type, object, fieldManager, client))) return 'failed'
    }
    next = page.continue
  } while (next)
  return 'done'
}

/** Applies nothing to an object, which stores it anew where that is of use. Answers whether the server took it. */
async function rewrite(
  type: ResourceClass<AnyObject>,
  { metadata }: AnyObject,
  fieldManager: string,
  client: Client,
): Promise<boolean> {
  const { uid, resourceVersion } = metadata
  const { kind } = type.resource
  const patch = {
    apiVersion: apiVersionOf(type.resource),
    kind,
    metadata: { uid, resourceVersion },
  }
  try {
    await client.patch(type, metadata, 'apply', patch, { fieldManager })
    return true
  } catch (error) {
    // Whoever was faster has written it anew, or it is gone.
    if (isConflict(error) || isNotFound(error)) return true
    const { code = 500 } = findStatusError(error)?.status ?? {}
    if (code >= 500 || code === 429) throw error
    return false
  }
}
