import { LEAF, type FieldSet } from './field-set.ts'
import { typeUnder, type TypeSchema } from './type-schema.ts'

/**
 * Brings a set into line with a schema that has changed since it was written: where a list or object has become atomic,
 * its owner owns all of it instead of parts. Returns the set itself where nothing has to change. The other way, from
 * atomic to parts, nothing is done: the owner of the whole stays the owner of just that.
 */
export function reconcile(type: TypeSchema, fields: FieldSet): FieldSet {
  if (inLine.get(type)?.has(fields)) return fields
  const reconciled = reconcileNode(type, fields)
  // Sets outlive many requests, so each is looked through only once.
  const known = inLine.get(type) ?? new WeakSet()
  inLine.set(type, known.add(reconciled))
  return reconciled
}

const inLine = new WeakMap<TypeSchema, WeakSet<FieldSet>>()

function reconcileNode(type: TypeSchema, node: FieldSet): FieldSet {
  let changed: Record<string, FieldSet> | undefined
  for (const element of Object.keys(node)) {
    const inner = element === '.' ? undefined : typeOf(type, element)
    if (!inner) continue
    const before = node[element]!
    const after = isAtomic(inner) && hasParts(before) ? LEAF : reconcileNode(inner, before)
    if (after !== before) (changed ??= { ...node })[element] = after
  }
  return changed ?? node
}

function typeOf(type: TypeSchema, element: string): TypeSchema | undefined {
  if (element.startsWith('f:')) return typeUnder(type, element.slice(2))
  return type.kind === 'list' ? type.element() : undefined
}

function isAtomic(type: TypeSchema): boolean {
  return (
    (type.kind === 'list' && type.relation === 'atomic') || (type.kind === 'map' && type.atomic)
  )
}

function hasParts(node: FieldSet): boolean {
  for (const element in node) if (element !== '.') return true
  return false
}
