import { EndpointSlice } from '../../api/discovery/v1/endpoint-slice.ts'
import { controllerReferenceTo } from '../../apimachinery/owner-references.ts'
import { firstFailure, type Pass } from '../../controller-runtime/index.ts'
import { isNamespaceTerminating } from '../common/pod-control.ts'
import { unlessGone } from '../common/unless-gone.ts'
import type { SliceContent, SlicesPlan } from './slices-plan.ts'

type Texts = Readonly<Record<string, string>>

/** Whose slices they are, and what each says of that. */
export interface SlicesOwner {
  readonly owner: Parameters<typeof controllerReferenceTo>[0] & {
    readonly metadata: { readonly namespace: string }
  }
  readonly labels: Texts
  /** Left as they are where absent. */
  readonly annotations?: Texts
}

/** Creates before it deletes, so that no endpoint is missing meanwhile. Gives the first failure. */
export async function writeSlices(
  plan: SlicesPlan,
  owner: SlicesOwner,
  pass: Pass,
): Promise<Error | undefined> {
  const failure = await firstFailure(
    ...plan.create.map((content) => create(content, owner, pass)),
    ...plan.update.map(([slice, content]) => update(slice, content, owner, pass)),
  )
  return failure ?? removeSlices(plan.remove, pass)
}

/** Deletes slices. Gives the first failure. */
export function removeSlices(
  slices: readonly EndpointSlice[],
  pass: Pass,
): Promise<Error | undefined> {
  return firstFailure(...slices.map((slice) => remove(slice, pass)))
}

async function create(
  content: SliceContent,
  { owner, labels, annotations = {} }: SlicesOwner,
  { client }: Pass,
): Promise<void> {
  const { namespace, name } = owner.metadata
  try {
    await client.create(EndpointSlice, {
      metadata: {
        namespace,
        generateName: `${name}-`,
        labels,
        ...(Object.keys(annotations).length > 0 && { annotations }),
        ownerReferences: [controllerReferenceTo(owner)],
      },
      ...content,
    })
  } catch (error) {
    if (!isNamespaceTerminating(error)) throw error
  }
}

async function update(
  slice: EndpointSlice,
  content: SliceContent,
  { labels, annotations }: SlicesOwner,
  { client }: Pass,
): Promise<void> {
  const metadata = { ...slice.metadata, labels, ...(annotations && { annotations }) }
  await client.update(EndpointSlice, { ...slice, metadata, ...content })
}

async function remove({ metadata }: EndpointSlice, { client }: Pass): Promise<void> {
  await unlessGone(client.delete(EndpointSlice, metadata))
}
