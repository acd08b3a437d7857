import { equal } from '../equality.ts'
import { formatValue } from '../go-format.ts'
import { formatGroupVersionKind, parseApiVersion, type GroupVersion } from '../gvk.ts'
import { badRequest, unknownError } from '../status-error.ts'
import { conflictError, Conflicts, withoutFields } from './conflicts.ts'
import { fieldsOfLastApplied, withLastApplied } from './last-applied.ts'
import { apiVersionOfType, type ManagedType } from './managed-type.ts'
import {
  managerKey,
  readManagers,
  reconcileManagers,
  setFields,
  writeManagers,
  type Managers,
} from './managers.ts'
import { merge } from './merge.ts'
import { prune } from './prune.ts'
import { stripped } from './strip.ts'
import { toFieldSet } from './to-field-set.ts'
import { isObject, type JsonObject } from './type-schema.ts'
import { managedFieldsOf, trackUpdate, withManagedFields, type ChangeBy } from './update.ts'
import { takeChanges } from './updater.ts'
import { formatProblems, typeProblems } from './validate-applied.ts'

export interface ApplyRequest extends ChangeBy {
  /** Undefined where the object is to be created. */
  readonly live: JsonObject | undefined
  /** What the manager wants, as it was sent. */
  readonly applied: JsonObject
  /** Take over fields that others own. */
  readonly force: boolean
}

/** Owns whatever an object has that was never tracked before somebody applied it. */
const BEFORE_FIRST_APPLY = 'before-first-apply'
/** The one manager whose objects may come from client-side apply, and are taken over from it. */
const KUBECTL = 'kubectl'

/**
 * Server-side apply: merges what a manager wants into the live object, removes what it wanted before and nobody else
 * owns, and notes what it owns. Returns the object with its `managedFields`, to be decoded and defaulted like any other,
 * or the live object itself where nothing changes. Throws `StatusError`: Conflict where others own what would change.
 * See https://kubernetes.io/docs/reference/using-api/server-side-apply/ (KEP-555)
 */
export function applyPatch(type: ManagedType, request: ApplyRequest): JsonObject {
  checkApplied(type, request.applied)
  try {
    const object = applyOverLastApplied(type, request)
    return request.manager === KUBECTL ? withLastApplied(object, request.applied) : object
  } catch (error) {
    if (error instanceof Conflicts) throw conflictError(error)
    throw error
  }
}

/** Throws `StatusError` where what is to be applied is no object of the type. */
export function checkApplied(
  { kind, schema }: Pick<ManagedType, 'kind' | 'schema'>,
  applied: JsonObject,
): void {
  const { apiVersion, kind: name, metadata } = applied
  const said = { ...groupVersionOf(apiVersion), kind: typeof name === 'string' ? name : '' }
  if (!equal(said, kind)) {
    throw badRequest(`invalid object type: ${formatGroupVersionKind(said)}`)
  }
  if (isObject(metadata) && (metadata['managedFields'] ?? null) !== null) {
    throw badRequest('metadata.managedFields must be nil')
  }
  const problems = typeProblems(schema, applied)
  if (problems.length > 0) {
    const named: JsonObject = isObject(metadata) ? metadata : {}
    const which = `${formatValue(named['namespace'] ?? '')}/${formatValue(named['name'] ?? '')}`
    throw unknownError(
      `failed to create typed patch object (${which}; ${formatGroupVersionKind(kind)}): ${formatProblems(problems)}`,
    )
  }
}

/** What is no version counts as none, as upstream has it. */
function groupVersionOf(apiVersion: unknown): GroupVersion {
  const isWellFormed = typeof apiVersion === 'string' && apiVersion.split('/').length <= 2
  return parseApiVersion(isWellFormed ? apiVersion : '')
}

// What kubectl applied from the client's side is its own, although another manager's name stands there.
function applyOverLastApplied(type: ManagedType, request: ApplyRequest): JsonObject {
  try {
    return apply(type, request)
  } catch (error) {
    if (!(error instanceof Conflicts) || request.manager !== KUBECTL) throw error
    const allowed = fieldsOfLastApplied(type, request.live)
    if (!allowed) throw error
    const rest = withoutFields(error, allowed)
    if (rest.lost.length > 0) throw rest
    return apply(type, { ...request, force: true })
  }
}

function apply(type: ManagedType, request: ApplyRequest): JsonObject {
  const { applied, manager, time, force } = request
  const live = request.live ?? type.empty
  const managers = managersOf(type, request)
  const identity = {
    manager,
    operation: 'Apply' as const,
    apiVersion: apiVersionOfType(type),
    subresource: type.subresource,
  }
  const key = managerKey(identity)
  const last = managers.get(key)
  const applies = toFieldSet(type.schema, applied)
  const fields = type.owned?.(applies, identity.apiVersion) ?? applies
  managers.set(key, { ...identity, fields })

  const merged = prune(
    type,
    merge(type.schema, live, applied) as JsonObject,
    managers,
    last,
    fields,
  )
  takeChanges(type, live, merged, managers, key, force)
  const isChanged = merged !== live && !equal(merged, live)
  const object = isChanged ? merged : live

  const owned = stripped(fields)
  const isSame = last?.apiVersion === identity.apiVersion && equal(last.fields, owned)
  const appliedAt = isChanged ? time : last?.time
  if (isSame && appliedAt === last.time) managers.set(key, last)
  else {
    managers.set(key, { ...identity, ...(appliedAt !== undefined && { time: appliedAt }), fields })
    setFields(managers, key, isSame ? last.fields : owned)
  }
  return withManagedFields(object, writeManagers(managers))
}

function managersOf(type: ManagedType, { live, time }: ApplyRequest): Managers {
  const managers = readManagers(managedFieldsOf(live)) ?? new Map()
  if (managers.size === 0 && live) {
    trackUpdate(type, type.empty, live, managers, { manager: BEFORE_FIRST_APPLY, time })
  }
  return reconcileManagers(managers, type.schema, apiVersionOfType(type))
}
