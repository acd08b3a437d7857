import type { Type } from './type.ts'
import { DYN, sameType } from './type.ts'

/** What type parameters stand for, found while an expression is checked. */
export type Substitutions = Map<string, Type>

/**
 * Whether each of `from` can be given where the same of `to` is wanted. Fills in type parameters, and takes back what
 * it filled in where the answer is no.
 */
export function assignable(
  substitutions: Substitutions,
  from: readonly Type[],
  to: readonly Type[],
): boolean {
  if (from.length !== to.length || from.some((type, i) => differs(type, to[i]!))) return false
  if (!from.some(isOpen) && !to.some(isOpen)) {
    return from.every((type, i) => isAssignable(substitutions, type, to[i]!))
  }
  const trial = new Map(substitutions)
  if (!from.every((type, i) => isAssignable(trial, type, to[i]!))) return false
  for (const [name, type] of trial) substitutions.set(name, type)
  return true
}

/** The more general of two types that are assignable to each other; of null and what may be null, the latter. */
export function mostGeneral(a: Type, b: Type): Type {
  if (a.kind === 'null') return b
  if (b.kind === 'null') return a
  return isEqualOrLessSpecific(a, b) ? a : b
}

/** A type with its parameters filled in; those that nothing is known of become dyn where `final`. */
export function substitute(substitutions: Substitutions, type: Type, final: boolean): Type {
  if (type.kind === 'param') {
    const known = substitutions.get(type.name)
    if (known) return substitute(substitutions, known, final)
    return final ? DYN : type
  }
  if (type.params.length === 0) return type
  const params = type.params.map((each) => substitute(substitutions, each, final))
  return params.every((each, i) => each === type.params[i]) ? type : { ...type, params }
}

function isAssignable(substitutions: Substitutions, from: Type, to: Type): boolean {
  if (to.kind === 'param') {
    const [valid, known] = tryParam(substitutions, from, to)
    if (valid) return true
    if (known) return false
  }
  if (from.kind === 'param') return tryParam(substitutions, to, from)[0]
  if (isWild(from) || isWild(to)) return true
  if (from.kind === 'null') return isNullable(to)
  if (to.kind === 'null') return isNullable(from)
  switch (from.kind) {
    case 'type':
      return to.kind === 'type'
    case 'list':
    case 'map':
    case 'opaque':
      return (
        from.kind === to.kind &&
        from.name === to.name &&
        from.params.length === to.params.length &&
        from.params.every((each, i) => isAssignable(substitutions, each, to.params[i]!))
      )
    default:
      return from.kind === to.kind && from.name === to.name
  }
}

/** Whether `type` can stand for a parameter, and whether something already did. */
function tryParam(
  substitutions: Substitutions,
  type: Type,
  param: Type,
): readonly [valid: boolean, known: boolean] {
  if (sameType(type, param)) return [true, true]
  const known = substitutions.get(param.name)
  if (known) {
    if (sameType(type, known)) return [true, true]
    if (!isAssignable(substitutions, type, known)) return [false, true]
    const general = mostGeneral(type, known)
    if (!refersTo(substitutions, param, general)) substitutions.set(param.name, general)
    return [true, true]
  }
  if (refersTo(substitutions, param, type)) return [false, false]
  substitutions.set(param.name, type)
  return [true, false]
}

function refersTo(substitutions: Substitutions, param: Type, within: Type): boolean {
  if (sameType(param, within)) return true
  if (within.kind === 'param') {
    const known = substitutions.get(within.name)
    return known !== undefined && refersTo(substitutions, param, known)
  }
  return within.params.some((each) => refersTo(substitutions, param, each))
}

function isEqualOrLessSpecific(a: Type, b: Type): boolean {
  if (a.kind === 'dyn' || a.kind === 'param') return true
  if (b.kind === 'dyn' || b.kind === 'param') return false
  if (a.kind !== b.kind) return false
  if (a.kind === 'type') return true
  return (
    a.name === b.name &&
    a.params.length === b.params.length &&
    a.params.every((each, i) => isEqualOrLessSpecific(each, b.params[i]!))
  )
}

/** Seen at a glance: two types that have nothing to do with each other. Most overloads of an operator end here. */
function differs(from: Type, to: Type): boolean {
  return from.kind !== to.kind && isConcrete(from) && isConcrete(to)
}

function isConcrete({ kind }: Type): boolean {
  return kind !== 'dyn' && kind !== 'error' && kind !== 'param' && kind !== 'null'
}

function isOpen({ kind, params }: Type): boolean {
  return kind === 'param' || params.some(isOpen)
}

function isWild({ kind }: Type): boolean {
  return kind === 'dyn' || kind === 'error'
}

function isNullable({ kind }: Type): boolean {
  return (
    kind === 'null' ||
    kind === 'opaque' ||
    kind === 'struct' ||
    kind === 'duration' ||
    kind === 'timestamp'
  )
}
