import { conflict, notFound } from '../../apimachinery/status-error.ts'
import type { Entry } from '../../storage/store.ts'
import type { ApiObject } from './api-object.ts'
import { prepareCreate } from './create.ts'
import { withConversions } from './needs-conversion.ts'
import { dedupOwnerReferences } from './dedup-owners.ts'
import { checkPreconditions, checkVersion, prepareUpdate } from './prepare-update.ts'
import { keyOf, type Reservation, type Resource } from './resource.ts'
import { put, storeUpdate } from './store-update.ts'
import { withoutSystemFields, withSystemFields } from './system-fields.ts'
import type { Attempt, UpdateRequest, UpdateResult } from './update-request.ts'
import { inNamespace, type WriteContext } from './write-context.ts'

/** Replaces an object, unless that changes nothing. Throws `NotFound`, `Conflict`, `Invalid`, and what admission throws. */
export async function updateObject(
  resource: Resource,
  request: UpdateRequest,
  context: WriteContext,
): Promise<UpdateResult> {
  const key = keyOf(resource, context.namespace, request.name)
  let entry = await resource.env.store.get(key)
  for (;;) {
    const attempt: Attempt = await (entry
      ? replace(resource, request, entry, context)
      : createInstead(resource, request, key, context))
    if ('object' in attempt) return attempt
    entry = attempt.retryWith
  }
}

async function replace(
  resource: Resource,
  request: UpdateRequest,
  entry: Entry,
  context: WriteContext,
): Promise<Attempt> {
  const current = resource.objectOf(entry)
  const old = current.object
  checkPreconditions(resource, request, old)
  const changed = await withConversions(() => request.change(old))
  const admitted = await admit(changed, old, context)
  const versioned = checkVersion(resource, request, admitted, old)
  const prepared = await prepareUpdate(resource, request, versioned, old, context)
  return settled(prepared, () => storeUpdate(resource, prepared.object, entry, current, context))
}

async function admit(
  object: ApiObject,
  old: ApiObject | undefined,
  context: WriteContext,
): Promise<ApiObject> {
  const deduped = dedupOwnerReferences(object, false, context.warn)
  const admitted = await context.admission.admit(deduped, old)
  return dedupOwnerReferences(admitted, true, context.warn)
}

async function createInstead(
  resource: Resource,
  request: UpdateRequest,
  key: string,
  context: WriteContext,
): Promise<Attempt> {
  const { name, mayCreate } = request
  if (!mayCreate) throw notFound(resource.type, name)
  const { uid } = request.preconditions ?? {}
  if (uid !== undefined) throw conflictOnMissing(resource, name, uid)
  await mayCreate()
  const admitted = await admit(await request.change(undefined), undefined, context)
  const placed = inNamespace(resource, withoutSystemFields(admitted), context.namespace)
  const prepared = await prepareCreate(resource, withSystemFields(placed, context), context)
  return settled(prepared, async () => {
    await context.admission.validate(prepared.object, undefined)
    return put(resource, prepared.object, { key, revision: 0 }, context)
  })
}

/** Keeps what was reserved for a write, or gives it back where the write came to nothing. */
async function settled(
  { commit, rollback }: Reservation,
  write: () => Promise<Attempt>,
): Promise<Attempt> {
  let attempt: Attempt
  try {
    attempt = await write()
  } catch (error) {
    await rollback()
    throw error
  }
  await ('object' in attempt ? commit() : rollback())
  return attempt
}

function conflictOnMissing(resource: Resource, name: string, uid: string): Error {
  return conflict(
    resource.type,
    name,
    `StorageError: invalid object, Code: 4, Key: ${resource.prefix}${name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: `,
  )
}
