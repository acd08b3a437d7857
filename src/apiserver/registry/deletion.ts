import { timestamp, type Clock } from '../../base/clock.ts'
import type { Strategy } from '../../api/strategy.ts'
import { withMetadata, type ApiObject, type Metadata } from './api-object.ts'
import type { DeleteOptions } from './delete-options.ts'

const FINALIZER_ORPHAN = 'orphan'
const FINALIZER_FOREGROUND = 'foregroundDeletion'

/** What a deletion comes to, for an object as it is stored. */
export type Deletion =
  /** It goes away at once. */
  | { readonly type: 'now' }
  /** Nothing is left to do: it is being deleted already, and soon enough. */
  | { readonly type: 'pending' }
  /** It stays until its finalizers are gone or its time is up, marked as being deleted. */
  | { readonly type: 'mark'; readonly object: ApiObject }
  /** It is marked, for those who watch, and goes away at once. */
  | { readonly type: 'markThenRemove'; readonly object: ApiObject }

/** Decides how an object is deleted (k8s.io/apiserver rest.BeforeDelete and registry.Store.Delete). */
export function planDeletion(
  old: ApiObject,
  strategy: Strategy<ApiObject>,
  options: DeleteOptions,
  clock: Clock,
): Deletion {
  const grace = planGrace(old, strategy, options, clock)
  if (grace.type === 'pending') return { type: 'pending' }
  const finalizers = finalizersFor(old.metadata.finalizers ?? [], strategy, options)
  const withFinalizers = withMetadata(grace.object, {
    finalizers: finalizers.length > 0 ? finalizers : undefined,
  })
  if (grace.type === 'graceful') {
    const isDone = finalizers.length === 0 && grace.seconds === 0
    return { type: isDone ? 'markThenRemove' : 'mark', object: withFinalizers }
  }
  if (finalizers.length === 0) return { type: 'now' }
  return { type: 'mark', object: markedNow(withFinalizers, clock) }
}

type Grace =
  | { readonly type: 'none'; readonly object: ApiObject }
  | { readonly type: 'pending' }
  | { readonly type: 'graceful'; readonly object: ApiObject; readonly seconds: number }

function planGrace(
  old: ApiObject,
  { gracefulDeletion }: Strategy<ApiObject>,
  options: DeleteOptions,
  clock: Clock,
): Grace {
  if (!gracefulDeletion) return { type: 'none', object: old }
  const requested = notNegative(options.gracePeriodSeconds)
  if (old.metadata.deletionTimestamp !== undefined) return shorten(old, requested, clock)
  const seconds = gracefulDeletion(old, requested)?.gracePeriodSeconds
  if (seconds === undefined) return { type: 'none', object: old }
  const object = withMetadata(old, {
    deletionTimestamp: timestampAt(clock.now() + seconds * 1000),
    deletionGracePeriodSeconds: seconds,
    ...nextGeneration(old.metadata),
  })
  return { type: 'graceful', object, seconds }
}

// What is being deleted can only be deleted sooner.
function shorten(old: ApiObject, requested: number | undefined, clock: Clock): Grace {
  const current = notNegative(old.metadata.deletionGracePeriodSeconds)
  if (!current) return { type: 'none', object: old }
  if (requested === undefined || requested >= current) return { type: 'pending' }
  const dueMs = Date.parse(old.metadata.deletionTimestamp!) + (requested - current) * 1000
  const isOverdue = dueMs < clock.now()
  const seconds = isOverdue && requested !== 0 ? 1 : requested
  const object = withMetadata(old, {
    deletionTimestamp: timestampAt(Math.max(dueMs, clock.now())),
    deletionGracePeriodSeconds: seconds,
  })
  return { type: 'graceful', object, seconds }
}

// A negative period counts as one second.
function notNegative(seconds: number | undefined): number | undefined {
  return seconds !== undefined && seconds < 0 ? 1 : seconds
}

function timestampAt(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

function nextGeneration({ generation }: Metadata): Partial<Metadata> {
  return generation ? { generation: generation + 1 } : {}
}

function markedNow(object: ApiObject, clock: Clock): ApiObject {
  const { deletionTimestamp } = object.metadata
  const isLater = deletionTimestamp !== undefined && Date.parse(deletionTimestamp) > clock.now()
  return withMetadata(object, {
    ...(deletionTimestamp === undefined && nextGeneration(object.metadata)),
    ...((deletionTimestamp === undefined || isLater) && { deletionTimestamp: timestamp(clock) }),
    deletionGracePeriodSeconds: 0,
  })
}

/** The finalizers that tell the garbage collector what to do with dependents, beside those of others. */
function finalizersFor(
  finalizers: readonly string[],
  { defaultGarbageCollectionPolicy }: Strategy<ApiObject>,
  options: DeleteOptions,
): readonly string[] {
  const policy = policyOf(finalizers, options) ?? defaultGarbageCollectionPolicy
  const others = finalizers.filter(
    (each) => each !== FINALIZER_ORPHAN && each !== FINALIZER_FOREGROUND,
  )
  if (policy === 'orphan') return [...others, FINALIZER_ORPHAN]
  if (policy === 'foreground') return [...others, FINALIZER_FOREGROUND]
  return others
}

// The request decides, then the finalizers that are there, then the kind.
function policyOf(
  finalizers: readonly string[],
  { orphanDependents, propagationPolicy }: DeleteOptions,
): 'orphan' | 'foreground' | 'background' | undefined {
  if (orphanDependents !== undefined) return orphanDependents ? 'orphan' : 'background'
  if (propagationPolicy === 'Orphan') return 'orphan'
  if (propagationPolicy === 'Foreground') return 'foreground'
  if (propagationPolicy === 'Background') return 'background'
  if (finalizers.includes(FINALIZER_ORPHAN)) return 'orphan'
  return finalizers.includes(FINALIZER_FOREGROUND) ? 'foreground' : undefined
}
