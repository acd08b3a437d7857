import type { UpdateStrategy } from '../../api/strategy.ts'
import { validateObjectMetaUpdate } from '../../api/meta/v1/object-meta-validation.ts'
import { equal } from '../../apimachinery/equality.ts'
import { conflict, invalid, notFound } from '../../apimachinery/status-error.ts'
import { invalid as invalidField } from '../../schema/field-error.ts'
import type { Entry } from '../../storage/store.ts'
import { withMetadata, type ApiObject, type Metadata } from './api-object.ts'
import { prepareCreate, reserve } from './create.ts'
import { dedupOwnerReferences } from './dedup-owners.ts'
import { keyOf, toStore, type Reservation, type Resource } from './resource.ts'
import type { StoredObject } from './stored-object.ts'
import { withoutSystemFields, withSystemFields } from './system-fields.ts'
import { inNamespace, type WriteContext } from './write-context.ts'

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

/** The result, or what was found in place of what was expected. */
type Attempt = UpdateResult | { readonly retryWith: Entry | undefined }

async function replace(
  resource: Resource,
  request: UpdateRequest,
  entry: Entry,
  context: WriteContext,
): Promise<Attempt> {
  const current = resource.objectOf(entry)
  const old = current.object
  checkPreconditions(resource, request, old)
  const changed = await request.change(old)
  const admitted = await admit(changed, old, context)
  const versioned = checkVersion(resource, request, admitted, old)
  const prepared = prepareUpdate(resource, request, versioned, old, context)
  try {
    const attempt = await store(resource, prepared.object, entry, current, context)
    if ('object' in attempt) prepared.commit()
    else prepared.rollback()
    return attempt
  } catch (error) {
    prepared.rollback()
    throw error
  }
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

/** Throws `Conflict` where what was asked of the stored object does not hold. */
export function checkPreconditions(
  resource: Resource,
  { preconditions = {}, name }: Pick<UpdateRequest, 'preconditions' | 'name'>,
  { metadata }: ApiObject,
): void {
  const { uid, resourceVersion } = preconditions
  const failed =
    uid !== undefined && uid !== metadata.uid
      ? `UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`
      : resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion
        ? `ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`
        : undefined
  if (failed === undefined) return
  throw conflict(
    resource.type,
    name,
    `StorageError: invalid object, Code: 4, Key: ${keyOf(resource, metadata.namespace ?? '', name)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ${failed}`,
  )
}

function checkVersion(
  resource: Resource,
  { name, unconditional }: UpdateRequest,
  object: ApiObject,
  old: ApiObject,
): ApiObject {
  const { resourceVersion = '' } = object.metadata
  const current = old.metadata.resourceVersion!
  if (resourceVersion === current) return object
  if (resourceVersion === '' || resourceVersion === '0') {
    if (unconditional) return withMetadata(object, { resourceVersion: current })
    const error = invalidField('metadata.resourceVersion', 0, 'must be specified for an update')
    throw invalid({ group: resource.info.group, kind: resource.info.plural }, name, [error])
  }
  throw conflict(resource.type, name)
}

function prepareUpdate(
  resource: Resource,
  { strategy }: UpdateRequest,
  input: ApiObject,
  old: ApiObject,
  context: WriteContext,
): Reservation {
  const placed = inNamespace(resource, input, context.namespace)
  const own = withMetadata(placed, { generation: old.metadata.generation })
  const prepared = strategy.prepareForUpdate(own, old, context)
  const kept = withMetadata(prepared, unchangeable(prepared.metadata, old.metadata))
  const reservation = reserve(resource, kept, old, context)
  try {
    const { object } = reservation
    const errors = [
      ...validateObjectMetaUpdate(object.metadata, old.metadata),
      ...strategy.validateUpdate(object, old),
    ]
    if (errors.length > 0) throw invalid(resource.type, object.metadata.name ?? '', errors)
    for (const text of strategy.warnings?.(object, old) ?? []) context.warn(text)
    return { ...reservation, object: resource.strategy.canonicalize?.(object) ?? object }
  } catch (error) {
    reservation.rollback()
    throw error
  }
}

// What an update can neither set nor take away: whatever was sent, the old value stays.
function unchangeable(metadata: Metadata, old: Metadata): Partial<Metadata> {
  return {
    ...(!metadata.uid && old.uid && { uid: old.uid }),
    ...(old.creationTimestamp && { creationTimestamp: old.creationTimestamp }),
    ...(old.deletionTimestamp && { deletionTimestamp: old.deletionTimestamp }),
    ...(old.deletionGracePeriodSeconds !== undefined &&
      metadata.deletionGracePeriodSeconds === undefined && {
        deletionGracePeriodSeconds: old.deletionGracePeriodSeconds,
      }),
  }
}

async function store(
  resource: Resource,
  object: ApiObject,
  entry: Entry,
  current: StoredObject,
  context: WriteContext,
): Promise<Attempt> {
  const old = current.object
  await context.admission.validate(object, old)
  if (isFinished(object, old) && (resource.hooks.mayFinish?.(object) ?? true))
    return removeFinished(resource, object, entry, context)
  if (isSame(object, old)) return { object: current, created: false }
  return put(resource, object, entry, context)
}

// That somebody sent again what is there already is no change, though it would move the time of their fields.
function isSame(object: ApiObject, old: ApiObject): boolean {
  if (equal(object, old)) return true
  const [now, before] = [object.metadata.managedFields, old.metadata.managedFields]
  if (!now || now.length !== before?.length) return false
  const managedFields = now.map((entry, i) => ({ ...entry, time: before[i]!.time }))
  return equal(withMetadata(object, { managedFields } as Partial<Metadata>), old)
}

async function put(
  resource: Resource,
  object: ApiObject,
  { key, revision }: Pick<Entry, 'key' | 'revision'>,
  { dryRun }: WriteContext,
): Promise<Attempt> {
  const created = revision === 0
  const value = toStore(resource, object)
  if (dryRun) return { object: created ? value : value.at(revision), created }
  const { ttlSeconds } = resource.hooks
  const ttl = ttlSeconds === undefined ? {} : { ttlSeconds }
  const result = await resource.env.store.commit(key, revision, { type: 'put', value, ...ttl })
  if (!result.ok) return { retryWith: result.current }
  return { object: value.at(result.revision), created }
}

/** Whether the update took away the last thing that kept a deleted object. */
function isFinished({ metadata }: ApiObject, { metadata: old }: ApiObject): boolean {
  if (metadata.finalizers && metadata.finalizers.length > 0) return false
  return old.deletionTimestamp !== undefined && !old.deletionGracePeriodSeconds
}

async function removeFinished(
  resource: Resource,
  object: ApiObject,
  { key, revision }: Entry,
  { dryRun }: WriteContext,
): Promise<Attempt> {
  const answer: UpdateResult = {
    object: toStore(resource, object).at(revision),
    created: false,
  }
  if (dryRun) return answer
  const result = await resource.env.store.commit(key, revision, { type: 'delete' })
  if (!result.ok && result.current) return { retryWith: result.current }
  resource.hooks.deleted?.(object)
  return answer
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
  if (placed.metadata.resourceVersion) throw notFound(resource.type, name)
  const prepared = prepareCreate(resource, withSystemFields(placed, context), context)
  try {
    await context.admission.validate(prepared.object, undefined)
    const attempt = await put(resource, prepared.object, { key, revision: 0 }, context)
    if ('object' in attempt) prepared.commit()
    else prepared.rollback()
    return attempt
  } catch (error) {
    prepared.rollback()
    throw error
  }
}

function conflictOnMissing(resource: Resource, name: string, uid: string): Error {
  return conflict(
    resource.type,
    name,
    `StorageError: invalid object, Code: 4, Key: ${resource.prefix}${name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: `,
  )
}
