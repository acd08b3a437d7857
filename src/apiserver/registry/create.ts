import {
  alreadyExists,
  generateNameConflict,
  generic,
  invalid,
  withoutReason,
} from '../../apimachinery/status-error.ts'
import { validateObjectMeta } from '../../api/meta/v1/object-meta-validation.ts'
import { isAlreadyExists } from '../../apimachinery/status-predicates.ts'
import type { StatusError } from '../../apimachinery/status-error.ts'
import type { Entry } from '../../storage/store.ts'
import type { ApiObject } from './api-object.ts'
import { dedupOwnerReferences } from './dedup-owners.ts'
import { keyOf, toStore, type Reservation, type Resource } from './resource.ts'
import { versionProblem } from './resource-version.ts'
import type { StoredObject } from './stored-object.ts'
import { withoutSystemFields, withSystemFields } from './system-fields.ts'
import { inNamespace, type WriteContext } from './write-context.ts'

const NAME_ATTEMPTS_MAX = 8 // Enough for a million names per prefix, with one failure in a thousand.

/** Stores a new object. Throws `AlreadyExists`, `Invalid`, and what admission throws. */
export async function createObject(
  resource: Resource,
  input: ApiObject,
  context: WriteContext,
): Promise<StoredObject> {
  const placed = withoutSystemFields(inNamespace(resource, input, context.namespace))
  const deduped = dedupOwnerReferences(placed, false, context.warn)
  const admitted = await context.admission.admit(deduped, undefined)
  const object = dedupOwnerReferences(admitted, true, context.warn)
  const generates = !object.metadata.name && !!object.metadata.generateName
  return generates
    ? createWithAnyName(resource, object, context)
    : createOnce(resource, object, context)
}

async function createWithAnyName(
  resource: Resource,
  object: ApiObject,
  context: WriteContext,
): Promise<StoredObject> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await createOnce(resource, object, context)
    } catch (error) {
      if (!isAlreadyExists(error) || attempt === NAME_ATTEMPTS_MAX) throw error
    }
  }
}

async function createOnce(
  resource: Resource,
  input: ApiObject,
  context: WriteContext,
): Promise<StoredObject> {
  const prepared = await prepareCreate(resource, withSystemFields(input, context), context)
  let stored: StoredObject
  try {
    await context.admission.validate(prepared.object, undefined)
    stored = await putNew(resource, prepared.object, context)
  } catch (error) {
    await prepared.rollback()
    throw error
  }
  await prepared.commit()
  return stored
}

/**
 * Brings a new object into the form in which it is stored, and checks it. What was reserved for it must be committed or
 * rolled back.
 */
export async function prepareCreate(
  resource: Resource,
  input: ApiObject,
  context: WriteContext,
): Promise<Reservation> {
  const { strategy } = resource
  const prepared = strategy.prepareForCreate?.(input, context) ?? input
  const reservation = await reserve(resource, prepared, undefined, context)
  try {
    const { object } = reservation
    const found = [
      ...validateObjectMeta(object.metadata, {
        namespaced: resource.info.namespaced,
        validateName: strategy.validateName,
        ...finalizerRules(resource),
      }),
      ...strategy.validateCreate(object),
    ]
    const { pause } = resource.env
    const errors =
      (await strategy.slowRules?.(object, undefined, found, { pause, warn: context.warn })) ?? found
    if (errors.length > 0) throw invalid(resource.type, object.metadata.name ?? '', errors)
    for (const text of strategy.warnings?.(object) ?? []) context.warn(text)
    return { ...reservation, object: strategy.canonicalize?.(object) ?? object }
  } catch (error) {
    await reservation.rollback()
    throw error
  }
}

/** Which finalizers the objects of a resource may have. */
export function finalizerRules({ strategy }: Resource): { standardFinalizersOnly?: boolean } {
  const { standardFinalizersOnly } = strategy
  return standardFinalizersOnly === undefined ? {} : { standardFinalizersOnly }
}

/** What the hooks reserve for a write; nothing where there are none. */
export function reserve(
  resource: Resource,
  object: ApiObject,
  old: ApiObject | undefined,
  context: WriteContext,
): Reservation | Promise<Reservation> {
  const { reserve: hook } = resource.hooks
  if (hook) return hook(object, old, { dryRun: context.dryRun, context })
  return { object, commit: nothing, rollback: nothing }
}

function nothing(): void {
  // Nothing was reserved.
}

async function putNew(
  resource: Resource,
  object: ApiObject,
  { namespace, dryRun }: WriteContext,
): Promise<StoredObject> {
  const { store } = resource.env
  const key = keyOf(resource, namespace, object.metadata.name!)
  const value = toStore(resource, object)
  if (dryRun) {
    const current = await store.get(key)
    if (current) throw exists(resource, object, current)
    return value
  }
  checkWithoutVersion(object)
  const { ttlSeconds } = resource.hooks
  const result = await store.commit(key, 0, {
    type: 'put',
    value,
    ...(ttlSeconds !== undefined && { ttlSeconds }),
  })
  if (!result.ok) throw exists(resource, object, result.current)
  return value.at(result.revision)
}

// What is no version counts as none.
function checkWithoutVersion({ metadata: { resourceVersion = '' } }: ApiObject): void {
  if (versionProblem(resourceVersion) !== undefined || Number(resourceVersion) === 0) return
  throw withoutReason('resourceVersion should not be set on objects to be created')
}

function exists(resource: Resource, object: ApiObject, current: Entry | undefined): StatusError {
  const { name = '', generateName } = object.metadata
  if (generateName) return generateNameConflict(resource.type, name, 1)
  const error = alreadyExists(resource.type, name)
  const isDeleting =
    current && resource.objectOf(current).object.metadata.deletionTimestamp !== undefined
  if (!isDeleting) return error
  return generic({
    ...error.status,
    message: `object is being deleted: ${error.status.message}`,
  })
}
