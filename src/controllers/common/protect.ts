import type { Pass } from '../../controller-runtime/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { unlessGone } from './unless-gone.ts'

interface Protected {
  readonly metadata: {
    readonly name: string
    readonly deletionTimestamp?: string
    readonly finalizers?: readonly string[]
  }
}

/** Adds the finalizer to what lives, and takes it from what is deleted and not used. */
export async function protect<T extends Protected>(
  [type, object]: readonly [ResourceClass<T>, T],
  finalizer: string,
  isUsed: boolean,
  { client }: Pass,
): Promise<void> {
  const { metadata } = object
  const { finalizers = [] } = metadata
  const isDeleted = metadata.deletionTimestamp !== undefined
  const hasFinalizer = finalizers.includes(finalizer)
  if (isDeleted ? isUsed || !hasFinalizer : hasFinalizer) return
  const changed = isDeleted
    ? finalizers.filter((each) => each !== finalizer)
    : [...finalizers, finalizer]
  await unlessGone(
    client.update(type, { ...object, metadata: { ...metadata, finalizers: changed } }),
  )
}
