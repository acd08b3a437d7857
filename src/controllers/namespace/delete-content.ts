import { isMethodNotSupported, isNotFound } from '../../apimachinery/status-predicates.ts'
import type { AnyObject } from '../../client/dynamic-class.ts'
import { firstFailure, type Pass } from '../../controller-runtime/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { unlessGone } from '../common/unless-gone.ts'
import type { ContentReport, RemainingResource } from './deletion-conditions.ts'

export interface DeletedContent extends ContentReport {
  /** How long what is left may take to go, in seconds. */
  readonly estimateSeconds: number
}

type Type = ResourceClass<AnyObject>

const FINALIZERS_SECONDS = 15 // Nobody knows how long a finalizer takes.

/**
 * Asks for the deletion of all that a namespace holds. Pods go first, and the rest when they are gone, so that they are
 * not robbed of what they run on, such as network policies (KEP-5080).
 */
export async function deleteContent(
  namespace: string,
  types: readonly Type[],
  pass: Pass,
): Promise<DeletedContent> {
  const deletable = types.filter(
    ({ resource }) => resource.namespaced && resource.verbs.includes('delete'),
  )
  const pods = await deleteAll(namespace, deletable.filter(isPod), pass)
  if (pods.remaining.length > 0 || pods.failures.length > 0) return pods
  return deleteAll(
    namespace,
    deletable.filter((type) => !isPod(type)),
    pass,
  )
}

function isPod({ resource }: Type): boolean {
  return resource.group === '' && resource.kind === 'Pod'
}

async function deleteAll(
  namespace: string,
  types: readonly Type[],
  pass: Pass,
): Promise<DeletedContent> {
  const results = await Promise.allSettled(types.map((type) => deleteType(namespace, type, pass)))
  const left = results.flatMap((result) =>
    result.status === 'fulfilled' && result.value ? [result.value] : [],
  )
  return {
    remaining: left.map(({ remaining }) => remaining),
    failures: results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as Error] : [],
    ),
    estimateSeconds: Math.max(0, ...left.map(({ estimateSeconds }) => estimateSeconds)),
  }
}

async function deleteType(
  namespace: string,
  type: Type,
  pass: Pass,
): Promise<{ remaining: RemainingResource; estimateSeconds: number } | undefined> {
  const { client } = pass
  const items = await list(namespace, type, pass)
  if (items.length === 0) return undefined
  try {
    await client.deleteCollection(type, { namespace, propagationPolicy: 'Background' })
  } catch (error) {
    if (!isMethodNotSupported(error)) throw error
    await deleteEach(type, items, pass)
  }
  const left = await list(namespace, type, pass)
  return left.length === 0 ? undefined : describe(type, left)
}

async function list(
  namespace: string,
  type: Type,
  { client }: Pass,
): Promise<readonly AnyObject[]> {
  try {
    return (await client.list(type, { namespace })).items
  } catch (error) {
    // The resource is not served any more, or cannot be listed: there is nothing to be found.
    if (isNotFound(error) || isMethodNotSupported(error)) return []
    throw error
  }
}

async function deleteEach(
  type: Type,
  items: readonly AnyObject[],
  { client }: Pass,
): Promise<void> {
  const failure = await firstFailure(
    ...items.map(({ metadata }) =>
      unlessGone(client.delete(type, metadata, { propagationPolicy: 'Background' })),
    ),
  )
  if (failure) throw failure
}

function describe({ resource }: Type, left: readonly AnyObject[]) {
  const finalizers = new Map<string, number>()
  for (const { metadata } of left) {
    for (const name of metadata.finalizers ?? []) {
      finalizers.set(name, (finalizers.get(name) ?? 0) + 1)
    }
  }
  const graceSeconds = left.map(
    ({ metadata }) =>
      (metadata as { readonly deletionGracePeriodSeconds?: number }).deletionGracePeriodSeconds ??
      0,
  )
  const { group, plural } = resource
  return {
    remaining: { group, resource: plural, count: left.length, finalizers },
    estimateSeconds: Math.max(finalizers.size > 0 ? FINALIZERS_SECONDS : 0, ...graceSeconds),
  }
}
