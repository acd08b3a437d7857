import { equal } from '../../apimachinery/equality.ts'
import { conflict, notFound } from '../../apimachinery/status-error.ts'
import type { Entry } from '../../storage/store.ts'
import type { ApiObject } from './api-object.ts'
import type { DeleteOptions } from './delete-options.ts'
import { planDeletion, type Deletion } from './deletion.ts'
import { keyOf, toStore, type Resource } from './resource.ts'
import type { StoredObject } from './stored-object.ts'
import type { WriteContext } from './write-context.ts'

export interface DeleteResult {
  /** Its last state, or its present one where it still exists. */
  readonly object: StoredObject
  /** It is gone; or it was marked as being deleted; or that had been done before. */
  readonly outcome: 'removed' | 'marked' | 'pending'
}

/** Deletes an object, or marks it as being deleted. Throws `NotFound`, `Conflict`, and what admission throws. */
export async function deleteObject(
  resource: Resource,
  name: string,
  options: DeleteOptions,
  context: WriteContext,
): Promise<DeleteResult> {
  const key = keyOf(resource, context.namespace, name)
  let entry = await resource.env.store.get(key)
  for (;;) {
    if (!entry) throw notFound(resource.type, name)
    const attempt: Attempt = await deleteOnce(resource, entry, options, context)
    if ('outcome' in attempt) return attempt
    entry = attempt.retryWith
  }
}

type Attempt = DeleteResult | { readonly retryWith: Entry | undefined }

async function deleteOnce(
  resource: Resource,
  entry: Entry,
  options: DeleteOptions,
  context: WriteContext,
): Promise<Attempt> {
  const { object } = resource.objectOf(entry)
  checkDeletePreconditions(resource, options, object)
  const { strategy, hooks } = resource
  const planned = planDeletion(object, strategy, options, context.clock)
  const deletion = hooks.changeDeletion?.(object, planned, context.clock) ?? planned
  if (deletion.type !== 'pending') await context.admission.admitDeletion(object)
  if (context.dryRun) return pretended(resource, entry, deletion)
  switch (deletion.type) {
    case 'pending':
      return { object: resource.objectOf(entry), outcome: 'pending' }
    case 'now':
      return remove(resource, entry)
    case 'mark':
      return mark(resource, entry, deletion.object)
    case 'markThenRemove':
      return markThenRemove(resource, entry, deletion.object)
    default:
      return deletion satisfies never
  }
}

function checkDeletePreconditions(
  resource: Resource,
  { preconditions = {} }: DeleteOptions,
  { metadata }: ApiObject,
): void {
  const { uid, resourceVersion } = preconditions
  const of = { group: resource.info.group, resource: resource.info.kind }
  if (uid !== undefined && uid !== metadata.uid) {
    const text = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`
    throw conflict(of, metadata.name!, text)
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const text = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`
    throw conflict(of, metadata.name!, text)
  }
}

const OUTCOMES = {
  now: 'removed',
  markThenRemove: 'removed',
  mark: 'marked',
  pending: 'pending',
} as const satisfies Record<Deletion['type'], DeleteResult['outcome']>

function pretended(resource: Resource, entry: Entry, deletion: Deletion): DeleteResult {
  const outcome = OUTCOMES[deletion.type]
  const object =
    'object' in deletion
      ? toStore(resource, deletion.object).at(entry.revision)
      : resource.objectOf(entry)
  return { object, outcome }
}

async function remove(resource: Resource, entry: Entry): Promise<Attempt> {
  const { key, revision } = entry
  const result = await resource.env.store.commit(key, revision, { type: 'delete' })
  if (!result.ok) return { retryWith: result.current }
  const last = resource.objectOf(entry).copyAt(result.revision)
  await resource.hooks.deleted?.(last.object)
  return { object: last, outcome: 'removed' }
}

async function mark(resource: Resource, entry: Entry, object: ApiObject): Promise<Attempt> {
  const current = resource.objectOf(entry)
  if (equal(object, current.object)) return { object: current, outcome: 'marked' }
  const value = toStore(resource, object)
  const { key, revision } = entry
  const result = await resource.env.store.commit(key, revision, { type: 'put', value })
  if (!result.ok) return { retryWith: result.current }
  return { object: value.at(result.revision), outcome: 'marked' }
}

// Whoever follows the object sees its deletion timestamp before it is gone.
async function markThenRemove(
  resource: Resource,
  entry: Entry,
  object: ApiObject,
): Promise<Attempt> {
  const marked = await mark(resource, entry, object)
  if (!('outcome' in marked)) return marked
  const { key } = entry
  const { revision } = marked.object
  const result = await resource.env.store.commit(key, revision, { type: 'delete' })
  if (!result.ok && result.current) return { retryWith: result.current }
  await resource.hooks.deleted?.(marked.object.object)
  return { object: marked.object, outcome: 'removed' }
}
