import { validateObjectMetaUpdate } from '../../api/meta/v1/object-meta-validation.ts'
import { conflict, invalid, withoutReason } from '../../apimachinery/status-error.ts'
import { invalid as invalidField } from '../../schema/field-error.ts'
import { withMetadata, type ApiObject, type Metadata } from './api-object.ts'
import { finalizerRules, reserve } from './create.ts'
import { keyOf, type Reservation, type Resource } from './resource.ts'
import { versionProblem } from './resource-version.ts'
import type { UpdateRequest } from './update-request.ts'
import { inNamespace, type WriteContext } from './write-context.ts'

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

/** The object as it follows on the one that is stored. Throws `Conflict`, `Invalid`. */
export function checkVersion(
  resource: Resource,
  { name, unconditional }: UpdateRequest,
  object: ApiObject,
  old: ApiObject,
): ApiObject {
  const { resourceVersion = '' } = object.metadata
  const current = old.metadata.resourceVersion!
  if (resourceVersion === current) return object
  const problem = versionProblem(resourceVersion)
  if (problem !== undefined) throw withoutReason(problem)
  if (Number(resourceVersion) === 0) {
    if (unconditional) return withMetadata(object, { resourceVersion: current })
    const error = invalidField('metadata.resourceVersion', 0, 'must be specified for an update')
    throw invalid({ group: resource.info.group, kind: resource.info.plural }, name, [error])
  }
  throw conflict(resource.type, name)
}

/** Brings an object into the form in which it replaces another, and checks it. What was reserved must be committed or rolled back. */
export async function prepareUpdate(
  resource: Resource,
  { strategy }: UpdateRequest,
  input: ApiObject,
  old: ApiObject,
  context: WriteContext,
): Promise<Reservation> {
  const placed = inNamespace(resource, input, context.namespace)
  const own = withMetadata(placed, { generation: old.metadata.generation })
  const prepared = strategy.prepareForUpdate(own, old, context)
  const kept = withMetadata(prepared, unchangeable(prepared.metadata, old.metadata))
  const reservation = await reserve(resource, kept, old, context)
  try {
    const { object } = reservation
    const found = [
      ...validateObjectMetaUpdate(object.metadata, old.metadata, finalizerRules(resource)),
      ...strategy.validateUpdate(object, old),
    ]
    const { pause } = resource.env
    const errors =
      (await strategy.slowRules?.(object, old, found, { pause, warn: context.warn })) ?? found
    if (errors.length > 0) throw invalid(resource.type, object.metadata.name ?? '', errors)
    for (const text of strategy.warnings?.(object, old) ?? []) context.warn(text)
    return { ...reservation, object: resource.strategy.canonicalize?.(object) ?? object }
  } catch (error) {
    await reservation.rollback()
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
