import type { Client, ObjectKey } from '../../src/client/client.ts'
import type { ResourceClass } from '../../src/schema/resource.ts'

interface Finalized {
  readonly metadata: ObjectKey & {
    readonly resourceVersion?: string
    readonly finalizers?: readonly string[]
  }
}

/** Keeps an object until the finalizer is taken away again. */
export async function addFinalizer<T extends Finalized>(
  client: Client,
  type: ResourceClass<T>,
  { metadata }: T,
  finalizer: string,
): Promise<void> {
  const { finalizers = [], resourceVersion } = metadata
  if (finalizers.includes(finalizer)) return
  const patch = { metadata: { resourceVersion, finalizers: [...finalizers, finalizer] } }
  await client.patch(type, metadata, 'merge', patch)
}

export async function removeFinalizer<T extends Finalized>(
  client: Client,
  type: ResourceClass<T>,
  { metadata }: T,
  finalizer: string,
): Promise<void> {
  const finalizers = metadata.finalizers?.filter((each) => each !== finalizer) ?? []
  await client.patch(type, metadata, 'merge', { metadata: { finalizers } })
}
