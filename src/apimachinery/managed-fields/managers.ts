import { isEmptySet, type FieldSet } from './field-set.ts'
import { reconcile } from './reconcile.ts'
import { sharedSet } from './shared-set.ts'
import type { TypeSchema } from './type-schema.ts'

/** An entry of `metadata.managedFields`. */
export interface ManagedFieldsEntry {
  readonly manager?: string
  readonly operation?: string
  readonly apiVersion?: string
  readonly time?: string
  readonly fieldsType?: string
  readonly fieldsV1?: Readonly<Record<string, unknown>>
  readonly subresource?: string
}

type Operation = 'Apply' | 'Update'

/** Who owns some fields, by what operation, in which version. */
export interface Manager {
  readonly manager: string
  readonly operation: Operation
  readonly apiVersion: string
  readonly subresource: string
  readonly time?: string
  readonly fields: FieldSet
  /** The entry that it was read from and still is, to be written as it came. */
  readonly entry?: ManagedFieldsEntry
}

/** The managers of an object by their keys. Changed in place by who made it. */
export type Managers = Map<string, Manager>

/** Tells managers apart: appliers whatever the version, updaters by version too. */
export function managerKey({
  manager,
  operation,
  apiVersion,
  subresource,
}: Pick<Manager, 'manager' | 'operation' | 'apiVersion' | 'subresource'>): string {
  return JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource])
}

/** Reads `metadata.managedFields`; undefined where an entry is malformed. */
export function readManagers(
  entries: readonly ManagedFieldsEntry[] | undefined,
): Managers | undefined {
  const managers: Managers = new Map()
  for (const entry of entries ?? []) {
    const { manager = '', operation, apiVersion = '', subresource = '', time } = entry
    if ((operation !== 'Apply' && operation !== 'Update') || apiVersion === '') return undefined
    if (entry.fieldsType !== 'FieldsV1') return undefined
    const read: Manager = {
      manager,
      operation,
      apiVersion,
      subresource,
      ...(time !== undefined && { time }),
      fields: (entry.fieldsV1 ?? {}) as FieldSet,
      entry,
    }
    managers.set(managerKey(read), read)
  }
  return managers
}

/** Writes `metadata.managedFields`, in the order that Kubernetes has them; undefined where there are none. */
export function writeManagers(managers: Managers): readonly ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined
  return [...managers.values()].toSorted(byOperationAndTime).map(entryOf)
}

function entryOf({ entry, ...manager }: Manager): ManagedFieldsEntry {
  if (entry?.fieldsV1 === manager.fields && entry.time === manager.time) {
    if (entry.apiVersion === manager.apiVersion) return entry
  }
  return {
    manager: manager.manager,
    operation: manager.operation,
    apiVersion: manager.apiVersion,
    ...(manager.time !== undefined && { time: manager.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: sharedSet(manager.fields),
    ...(manager.subresource !== '' && { subresource: manager.subresource }),
  }
}

function byOperationAndTime(a: Manager, b: Manager): number {
  return (
    compareTexts(a.operation, b.operation) ||
    compareTexts(a.time ?? '', b.time ?? '') ||
    compareTexts(a.manager, b.manager) ||
    compareTexts(a.apiVersion, b.apiVersion) ||
    compareTexts(a.subresource, b.subresource)
  )
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Brings what every manager owns into line with the schema of the object; other versions are left as they are. */
export function reconcileManagers(
  managers: Managers,
  schema: TypeSchema,
  apiVersion: string,
): Managers {
  for (const [key, manager] of managers) {
    if (manager.apiVersion !== apiVersion) continue
    setFields(managers, key, reconcile(schema, manager.fields))
  }
  return managers
}

/** Gives a manager these fields, or removes it where there are none. */
export function setFields(managers: Managers, key: string, fields: FieldSet): void {
  const manager = managers.get(key)
  if (!manager) return
  if (isEmptySet(fields)) managers.delete(key)
  else if (manager.fields !== fields) managers.set(key, { ...manager, fields })
}
