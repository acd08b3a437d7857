import { compare, type Comparison } from './compare.ts'
import { Conflicts } from './conflicts.ts'
import { difference, intersection, isEmptySet, union, type FieldSet } from './field-set.ts'
import { apiVersionOfType, type ManagedType, type Versioned } from './managed-type.ts'
import { reconcileManagers, setFields, type Manager, type Managers } from './managers.ts'
import type { JsonObject } from './type-schema.ts'

/**
 * Takes from all managers but one what changes between two objects. Returns the comparison in the request's version.
 * Throws `Conflicts`, and changes nothing, where others lose something they own and `force` is not given.
 */
export function takeChanges(
  type: ManagedType,
  before: JsonObject,
  after: JsonObject,
  managers: Managers,
  self: string,
  force: boolean,
): Comparison {
  reconcileManagers(managers, type.schema, apiVersionOfType(type))
  const compared = new Comparisons(type, before, after)
  const own = compared.in(apiVersionOfType(type))!
  const lost: [string, Manager, FieldSet][] = []
  for (const [key, manager] of managers) {
    if (key === self) continue
    const changes = compared.in(manager.apiVersion)
    if (!changes) managers.delete(key) // Its version is no longer known.
    else lost.push([key, manager, intersection(manager.fields, changed(changes))])
  }
  const conflicts = lost.filter(([, , fields]) => !isEmptySet(fields))
  if (conflicts.length > 0 && !force) {
    throw new Conflicts(conflicts.map(([, manager, fields]) => [manager, fields]))
  }
  for (const [key, { apiVersion, fields }, taken] of lost) {
    const { removed } = compared.in(apiVersion)!
    setFields(managers, key, difference(difference(fields, taken), removed))
  }
  return own
}

/** What has another value than before. */
export function changed({ added, modified }: Comparison): FieldSet {
  return union(modified, added)
}

/** Compares two objects in every version that is asked for, each once. */
class Comparisons {
  readonly #type: ManagedType
  readonly #before: JsonObject
  readonly #after: JsonObject
  readonly #made = new Map<string, Comparison | undefined>()

  constructor(type: ManagedType, before: JsonObject, after: JsonObject) {
    this.#type = type
    this.#before = before
    this.#after = after
  }

  in(apiVersion: string): Comparison | undefined {
    if (!this.#made.has(apiVersion)) this.#made.set(apiVersion, this.#compare(apiVersion))
    return this.#made.get(apiVersion)
  }

  #compare(apiVersion: string): Comparison | undefined {
    const before = inVersion(this.#type, this.#before, apiVersion)
    const after = inVersion(this.#type, this.#after, apiVersion)
    if (!before || !after) return undefined
    const found = compare(before.schema, before.object, after.object)
    if (!this.#type.owned) return found
    const owned = (fields: FieldSet): FieldSet => this.#type.owned!(fields, apiVersion)
    return {
      added: owned(found.added),
      removed: owned(found.removed),
      modified: owned(found.modified),
    }
  }
}

/** An object of the type in some version; undefined where that is not known. */
export function inVersion(
  type: ManagedType,
  object: JsonObject,
  apiVersion: string,
): Versioned | undefined {
  if (apiVersion === apiVersionOfType(type)) return { object, schema: type.schema }
  return type.convert?.(object, apiVersion)
}
