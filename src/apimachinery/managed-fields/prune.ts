import { difference, intersection, isEmptySet, union, type FieldSet } from './field-set.ts'
import { apiVersionOfType, type ManagedType } from './managed-type.ts'
import type { Manager, Managers } from './managers.ts'
import { removeItems, withNamedFields } from './remove-items.ts'
import { toFieldSet } from './to-field-set.ts'
import type { JsonObject, TypeSchema } from './type-schema.ts'
import { inVersion } from './updater.ts'

/**
 * Removes what the manager applied last time and no longer does, unless somebody else owns it. `managers` already has
 * what is `applied` this time, `last` is what was applied before.
 */
export function prune(
  type: ManagedType,
  merged: JsonObject,
  managers: Managers,
  last: Manager | undefined,
  applied: FieldSet,
): JsonObject {
  // Mostly all of it is applied again.
  if (!last || isEmptySet(difference(last.fields, applied))) return merged
  const versioned = inVersion(type, merged, last.apiVersion)
  if (!versioned) return merged
  const { object, schema } = versioned

  const dropped = withNamedFields(schema, last.fields)
  const owned = ownedFields(type, managers, last.apiVersion, object)
  const all = withNamedFields(schema, toFieldSet(schema, object))
  // Twice, since removing a struct removes what others own in it: first what would go, then all of it that nobody owns.
  const left = remaining(schema, object, dropped)
  const unowned = difference(all, union(left, withNamedFields(schema, owned)))
  const kept = remaining(schema, object, unowned)
  const gone = intersection(difference(all, kept), dropped)
  if (isEmptySet(gone)) return merged
  const pruned = removeItems(schema, object, gone) as JsonObject
  if (last.apiVersion === apiVersionOfType(type)) return pruned
  // A foreign version is converted back by the one function that converts.
  return type.convert?.(pruned, apiVersionOfType(type))?.object ?? pruned
}

/** The fields that are left of an object without some. */
function remaining(schema: TypeSchema, object: JsonObject, gone: FieldSet): FieldSet {
  return withNamedFields(schema, toFieldSet(schema, removeItems(schema, object, gone)))
}

/** What any manager owns, in one version. Fields of other versions count where the names are the same. */
function ownedFields(
  type: ManagedType,
  managers: Managers,
  apiVersion: string,
  object: JsonObject,
): FieldSet {
  let owned: FieldSet = {}
  for (const manager of managers.values()) {
    if (manager.apiVersion === apiVersion || inVersion(type, object, manager.apiVersion)) {
      owned = union(owned, manager.fields)
    }
  }
  return owned
}
