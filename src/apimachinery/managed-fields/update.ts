import { capUpdaters } from './cap-managers.ts'
import { EMPTY_SET, isEmptySet, union } from './field-set.ts'
import { apiVersionOfType, type ManagedType } from './managed-type.ts'
import {
  managerKey,
  readManagers,
  writeManagers,
  type ManagedFieldsEntry,
  type Managers,
} from './managers.ts'
import { checkedSet } from './shared-set.ts'
import { stripped } from './strip.ts'
import { isObject, type JsonObject } from './type-schema.ts'
import { changed, takeChanges } from './updater.ts'

/** Who makes a change, and when. */
export interface ChangeBy {
  /** The fieldManager of the request, else the first word of its user agent. */
  readonly manager: string
  /** As the API writes it. */
  readonly time: string
}

/**
 * Tracks who owns what after a create, update or patch that is no apply: the manager comes to own all that differs
 * between the two objects, and the others lose it. Returns `after` with its `managedFields`, or `after` itself where
 * these are right already. `before` is undefined for a create.
 *
 * A client that sends `managedFields: [{}]` has them reset; one that sends none leaves them as they are.
 * See https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function updateManagedFields(
  type: ManagedType,
  before: JsonObject | undefined,
  after: JsonObject,
  by: ChangeBy,
): JsonObject {
  const managers = managersFor(type, before, after)
  // An object that is not tracked stays so until somebody applies it.
  if (managers.size === 0 && isStored(before)) return withManagedFields(after, undefined)
  trackUpdate(type, before ?? type.empty, after, managers, by)
  return withManagedFields(after, writeManagers(managers))
}

/** What `updateManagedFields()` does to the managers. */
export function trackUpdate(
  type: ManagedType,
  before: JsonObject,
  after: JsonObject,
  managers: Managers,
  { manager, time }: ChangeBy,
): void {
  const { subresource } = type
  const comparison = takeChanges(type, before, after, managers, '', true)
  const taken = stripped(changed(comparison))
  if (!isEmptySet(taken)) {
    const apiVersion = apiVersionOfType(type)
    const identity = { manager, operation: 'Update' as const, apiVersion, subresource }
    const key = managerKey(identity)
    const fields = union(managers.get(key)?.fields ?? {}, taken)
    managers.set(key, { ...identity, time, fields })
  }
  capUpdaters(managers)
}

function managersFor(
  { subresource }: ManagedType,
  before: JsonObject | undefined,
  after: JsonObject,
): Managers {
  const live = managedFieldsOf(before)
  const sent = managedFieldsOf(after)
  if (subresource === '' && sent !== live) {
    if (isReset(sent)) return new Map()
    const entries = checkedEntries(sent)
    const managers = entries && readManagers(entries)
    if (managers && managers.size > 0) return managers
  }
  return readManagers(live) ?? new Map()
}

/** The entries that a client sent, with shared sets; undefined where one of them owns what is no set. */
function checkedEntries(
  sent: readonly ManagedFieldsEntry[] = [],
): readonly ManagedFieldsEntry[] | undefined {
  const entries: ManagedFieldsEntry[] = []
  for (const entry of sent) {
    const { fieldsV1: fields = EMPTY_SET } = entry
    const fieldsV1 = checkedSet(fields)
    if (!fieldsV1) return undefined
    entries.push(fields === EMPTY_SET ? entry : { ...entry, fieldsV1 })
  }
  return entries
}

function isReset(entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  return entries?.length === 1 && Object.keys(entries[0]!).length === 0
}

function isStored(object: JsonObject | undefined): boolean {
  const metadata = object?.['metadata']
  return isObject(metadata) && metadata['uid'] !== undefined && metadata['uid'] !== ''
}

export function managedFieldsOf(
  object: JsonObject | undefined,
): readonly ManagedFieldsEntry[] | undefined {
  const metadata = object?.['metadata']
  const entries = isObject(metadata) ? metadata['managedFields'] : undefined
  return Array.isArray(entries) ? (entries as ManagedFieldsEntry[]) : undefined
}

/** The object with these entries, or itself where it has the very same ones. */
export function withManagedFields(
  object: JsonObject,
  entries: readonly ManagedFieldsEntry[] | undefined,
): JsonObject {
  const before = managedFieldsOf(object)
  if (before === entries) return object
  if (before?.length === entries?.length && before?.every((each, i) => each === entries?.[i])) {
    return object
  }
  const { managedFields: _, ...metadata } = isObject(object['metadata'])
    ? object['metadata']
    : ({} as JsonObject)
  return { ...object, metadata: { ...metadata, ...(entries && { managedFields: entries }) } }
}
