import { recent } from '../../base/recent.ts'
import type { FieldSet } from './field-set.ts'
import type { ManagedFieldsEntry } from './managers.ts'

/**
 * One set, frozen, for all who own the same fields. Objects of one kind by one client mostly do, and what is owned takes
 * more memory than all else in an object: 4 of the 7 KB of a Pod.
 */
export function sharedSet(fields: FieldSet): FieldSet {
  return sets(JSON.stringify(fields))
}

const sets = recent((text) => frozen(JSON.parse(text) as FieldSet), { lengthMax: 2 ** 14 })

function frozen(set: FieldSet): FieldSet {
  for (const element in set) frozen(set[element]!)
  return Object.freeze(set)
}

/** Gives each entry the shared set, in place: for objects that were just parsed. */
export function shareSets(entries: readonly ManagedFieldsEntry[] | undefined): void {
  for (const entry of entries ?? []) {
    if (entry.fieldsV1) Object.assign(entry, { fieldsV1: sharedSet(entry.fieldsV1 as FieldSet) })
  }
}
