import { recent } from '../../base/recent.ts'
import { encodeJson } from '../../schema/json.ts'
import { isFieldSet, type FieldSet } from './field-set.ts'
import type { ManagedFieldsEntry } from './managers.ts'

/** How many sets are remembered; what is owned differs by kind and client, and little beside. */
const SETS = 1000
/** Longer ones, in JSON, are hardly owned by two. */
const CHARS_MAX = 16 * 1024

/**
 * One set, frozen, for all who own the same fields. Objects of one kind by one client mostly do, and what is owned takes
 * more memory than all else in an object: 4 of the 7 KB of a Pod.
 */
export function sharedSet(fields: FieldSet): FieldSet {
  const text = JSON.stringify(fields)
  return text.length > CHARS_MAX ? fields : (sets(text) ?? fields)
}

/** What a client sent for a set, shared; undefined where it is none. */
export function checkedSet(sent: unknown): FieldSet | undefined {
  const text = encodeJson(sent)
  if (text.length <= CHARS_MAX) return sets(text)
  return isFieldSet(sent) ? sent : undefined
}

const sets = recent(
  (text) => {
    const set: unknown = JSON.parse(text)
    return isFieldSet(set) ? frozen(set) : undefined
  },
  { count: SETS, lengthMax: CHARS_MAX },
)

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
