import type {
  CallExpr,
  ComprehensionExpr,
  Expr,
  ListExpr,
  MapExpr,
  SelectExpr,
  StructExpr,
} from '../syntax/ast.ts'
import type { Issue } from '../syntax/issue.ts'
import { Uint } from '../values/number.ts'
import type { Declarations } from './environment.ts'
import type { Overload } from './overload.ts'
import type { Type } from './type.ts'
import * as types from './type.ts'
import { type Substitutions, assignable, mostGeneral, substitute } from './unify.ts'

/** An expression with the type of each node and what its names mean. */
export interface Checked {
  readonly expr: Expr
  readonly type: Type
  readonly typeOf: (expr: Expr) => Type
  readonly references: ReadonlyMap<Expr, Reference>
}

/** What a node refers to. */
export type Reference =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'type'; readonly name: string }
  | {
      readonly kind: 'function'
      readonly overloads: readonly Overload[]
      /** `a.b.f(x)` where `a.b.f` is the name of the function, so that there is no target to evaluate. */
      readonly qualified: boolean
    }

export type CheckResult =
  | { readonly ok: true; readonly checked: Checked }
  | { readonly ok: false; readonly issues: readonly Issue[] }

/** Finds the type of an expression and of all its parts, or all that is wrong with it. */
export function check(expr: Expr, declarations: Declarations): CheckResult {
  const checker = new Checker(declarations)
  const type = checker.check(expr)
  if (checker.issues.length > 0) return { ok: false, issues: checker.issues }
  return { ok: true, checked: checker.finish(expr, type) }
}

class Checker {
  readonly issues: Issue[] = []
  readonly #declarations: Declarations
  readonly #types = new Map<Expr, Type>()
  readonly #references = new Map<Expr, Reference>()
  readonly #substitutions: Substitutions = new Map()
  #scopes: ReadonlyMap<string, Type>[] = []
  #parameters = 0

  constructor(declarations: Declarations) {
    this.#declarations = declarations
  }

  finish(expr: Expr, type: Type): Checked {
    const substitutions = this.#substitutions
    return {
      expr,
      type: substitute(substitutions, type, true),
      typeOf: (each) => substitute(substitutions, this.#types.get(each) ?? types.DYN, true),
      references: this.#references,
    }
  }

  check(expr: Expr): Type {
    const type = this.#typeOf(expr)
    this.#types.set(expr, type)
    return type
  }

  #typeOf(expr: Expr): Type {
    switch (expr.kind) {
      case 'literal':
        return literalType(expr.value)
      case 'ident':
        return this.#name(expr, expr.name) ?? this.#undeclared(expr, expr.name)
      case 'select':
        return this.#select(expr)
      case 'call':
        return this.#call(expr)
      case 'list':
        return this.#list(expr)
      case 'map':
        return this.#map(expr)
      case 'struct':
        return this.#struct(expr)
      case 'comprehension':
        return this.#comprehension(expr)
      default:
        return expr satisfies never
    }
  }

  #undeclared({ offset }: Expr, name: string): Type {
    return this.#wrong(offset, `undeclared reference to '${name}' (in container '')`)
  }

  #wrong(offset: number, message: string): Type {
    this.issues.push({ offset, message })
    return types.ERROR
  }

  /** The type of a variable or of the name of a type. A leading dot looks past the variables of loops. */
  #name(expr: Expr, written: string): Type | undefined {
    const name = written.replace(/^\./, '')
    const local = written === name ? this.#local(name) : undefined
    const type = local ?? this.#declarations.variables.get(name)
    if (type) {
      this.#references.set(expr, { kind: 'variable', name: local ? name : `.${name}` })
      return type
    }
    const named = this.#declarations.typeNames.get(name)
    if (!named) return undefined
    this.#references.set(expr, { kind: 'type', name })
    return types.typeOf(named)
  }

  #local(name: string): Type | undefined {
    return this.#scopes.findLast((scope) => scope.has(name))?.get(name)
  }

  #select(expr: SelectExpr): Type {
    const name = expr.testOnly ? undefined : qualifiedName(expr)
    if (name !== undefined && !this.#local(name.slice(0, name.indexOf('.')))) {
      const type = this.#name(expr, name)
      if (type) return type
    }
    const type = this.#field(expr.operand, expr.field, expr.offset, false)
    return expr.testOnly ? types.BOOL : type
  }

  #field(operand: Expr, field: string, offset: number, optional: boolean): Type {
    const operandType = this.#known(this.check(operand))
    const wasOptional = types.isOptional(operandType)
    const target = wasOptional ? operandType.params[0]! : operandType
    const type = this.#known(this.#fieldOf(target, field, offset))
    return wasOptional || optional ? types.optionalOf(type) : type
  }

  #fieldOf(target: Type, field: string, offset: number): Type {
    switch (target.kind) {
      case 'map':
        return target.params[1]!
      case 'struct': {
        const type = this.#declarations.structs(target.name)?.field(field)
        return type ?? this.#wrong(offset, `undefined field '${field}'`)
      }
      case 'param':
        assignable(this.#substitutions, [types.DYN], [target])
        return types.DYN
      case 'dyn':
      case 'error':
        return types.DYN
      default: {
        const shown = types.formatType(target)
        this.#wrong(offset, `type '${shown}' does not support field selection`)
        return types.DYN
      }
    }
  }

  #call(expr: CallExpr): Type {
    if (expr.name === '_?._') return this.#optionalSelect(expr)
    const args = expr.args.map((arg) => this.check(arg))
    const { target } = expr
    if (target) {
      const prefix = qualifiedName(target)
      const functionName = prefix === undefined ? undefined : `${prefix}.${expr.name}`
      const qualified =
        functionName === undefined ? undefined : this.#declarations.functions.get(functionName)
      if (qualified) return this.#resolve(expr, functionName!, qualified, args, true)
      args.unshift(this.check(target))
    }
    const name = expr.name.replace(/^\./, '')
    const overloads = this.#declarations.functions.get(name)
    if (!overloads) return this.#undeclared(expr, expr.name)
    return this.#resolve(expr, name, overloads, args, false)
  }

  #optionalSelect(expr: CallExpr): Type {
    const [operand, field] = expr.args
    if (!operand || field?.kind !== 'literal' || typeof field.value !== 'string') {
      return this.#wrong(expr.offset, 'unsupported optional field selection')
    }
    this.#types.set(field, types.STRING)
    return this.#field(operand, field.value, expr.offset, true)
  }

  #resolve(
    expr: CallExpr,
    name: string,
    overloads: readonly Overload[],
    args: readonly Type[],
    qualified: boolean,
  ): Type {
    if (name === '_&&_' || name === '_||_') return this.#logical(expr, overloads, args)
    const member = expr.target !== undefined && !qualified
    const chosen: Overload[] = []
    let result: Type | undefined
    for (const overload of overloads) {
      if (overload.member !== member) continue
      const fresh = this.#instantiate(overload)
      if (!assignable(this.#substitutions, args, fresh.params)) continue
      chosen.push(overload)
      const type = this.#known(fresh.result)
      if (result === undefined) result = type
      else if (result.kind !== 'dyn' && !types.sameType(result, type)) result = types.DYN
    }
    if (result === undefined) return this.#noOverload(expr, name, args, member)
    this.#references.set(expr, { kind: 'function', overloads: chosen, qualified })
    return result
  }

  #logical(expr: CallExpr, overloads: readonly Overload[], args: readonly Type[]): Type {
    this.#references.set(expr, { kind: 'function', overloads, qualified: false })
    let ok = true
    for (const [i, arg] of args.entries()) {
      if (assignable(this.#substitutions, [arg], [types.BOOL])) continue
      ok = false
      this.#mismatch(expr.args[i]!.offset, types.BOOL, arg)
    }
    return ok ? types.BOOL : types.ERROR
  }

  #noOverload(expr: CallExpr, name: string, args: readonly Type[], member: boolean): Type {
    const shown = args.map((arg) => types.formatType(substitute(this.#substitutions, arg, true)))
    const target = member ? `${shown.shift()}.` : ''
    const message = `found no matching overload for '${name}' applied to '${target}(${shown.join(', ')})'`
    return this.#wrong(expr.offset, message)
  }

  /** An overload with type parameters of its own for this one call. */
  #instantiate({ params, result }: Overload): { params: Type[]; result: Type } {
    const fresh: Substitutions = new Map()
    const rename = (type: Type): Type => {
      if (type.kind !== 'param') {
        return type.params.length === 0 ? type : { ...type, params: type.params.map(rename) }
      }
      const known = fresh.get(type.name) ?? this.#parameter()
      fresh.set(type.name, known)
      return known
    }
    return { params: params.map(rename), result: rename(result) }
  }

  #parameter(): Type {
    return types.param(`_var${this.#parameters++}`)
  }

  #list({ elements, optional }: ListExpr): Type {
    let joined: Type | undefined
    for (const [i, element] of elements.entries()) {
      const type = this.check(element)
      joined = this.#join(element, joined, optional.has(i) ? this.#unwrap(element, type) : type)
    }
    return types.listOf(joined ?? this.#parameter())
  }

  #map({ entries }: MapExpr): Type {
    let [key, value]: (Type | undefined)[] = []
    for (const entry of entries) {
      key = this.#join(entry.key, key, this.check(entry.key))
      const type = this.check(entry.value)
      value = this.#join(
        entry.value,
        value,
        entry.optional ? this.#unwrap(entry.value, type) : type,
      )
    }
    return types.mapOf(key ?? this.#parameter(), value ?? this.#parameter())
  }

  /** The type within an optional: of an item written `?x`. */
  #unwrap({ offset }: Expr, type: Type): Type {
    if (types.isOptional(type)) return type.params[0]!
    if (type.kind !== 'dyn') this.#mismatch(offset, types.optionalOf(type), type)
    return type
  }

  /** The type of a list's items so far and one more. Kubernetes wants them all of one type. */
  #join({ offset }: Expr, joined: Type | undefined, type: Type): Type {
    if (joined === undefined) return type
    if (assignable(this.#substitutions, [joined], [type])) return mostGeneral(joined, type)
    if (this.#declarations.mixedLiterals) return types.DYN
    return this.#mismatch(offset, joined, type)
  }

  #struct({ typeName, fields, offset }: StructExpr): Type {
    const name = typeName.replace(/^\./, '')
    const found = this.#declarations.structs(name)
    if (!found) {
      return this.#wrong(offset, `undeclared reference to '${typeName}' (in container '')`)
    }
    for (const field of fields) {
      const value = this.check(field.value)
      const given = field.optional ? this.#unwrap(field.value, value) : value
      const wanted =
        found.field(field.name) ?? this.#wrong(field.offset, `undefined field '${field.name}'`)
      if (assignable(this.#substitutions, [wanted], [given])) continue
      const shown = `'${types.formatType(wanted)}' but provided type is '${types.formatType(given)}'`
      this.#wrong(field.offset, `expected type of field '${field.name}' is ${shown}`)
    }
    return types.struct(name)
  }

  #comprehension(expr: ComprehensionExpr): Type {
    const range = this.#known(this.check(expr.range))
    const accu = this.check(expr.init)
    this.#scopes.push(new Map([[expr.accu, accu]]))
    this.#scopes.push(this.#loopScope(expr, range))
    this.#assert(expr.condition, types.BOOL)
    this.#assert(expr.step, accu)
    this.#scopes.pop()
    const result = this.#known(this.check(expr.result))
    this.#scopes.pop()
    return result
  }

  #loopScope({ variable, variable2, range: { offset } }: ComprehensionExpr, range: Type) {
    const [first, second] = this.#loopTypes(range, offset)
    const scope = new Map<string, Type>()
    if (variable2 === undefined) {
      return scope.set(variable, range.kind === 'list' ? second : first)
    }
    return scope.set(variable, first).set(variable2, second)
  }

  /** Types of index and item, or of key and value. */
  #loopTypes(range: Type, offset: number): readonly [Type, Type] {
    switch (range.kind) {
      case 'list':
        return [types.INT, range.params[0]!]
      case 'map':
        return [range.params[0]!, range.params[1]!]
      case 'dyn':
      case 'error':
        return [types.DYN, types.DYN]
      case 'param':
        assignable(this.#substitutions, [types.DYN], [range])
        return [types.DYN, types.DYN]
      default: {
        const shown = types.formatType(range)
        const message = `expression of type '${shown}' cannot be range of a comprehension (must be list, map, or dynamic)`
        this.#wrong(offset, message)
        return [types.ERROR, types.ERROR]
      }
    }
  }

  #assert(expr: Expr, wanted: Type): void {
    const type = this.check(expr)
    if (!assignable(this.#substitutions, [wanted], [type]))
      this.#mismatch(expr.offset, wanted, type)
  }

  #mismatch(offset: number, wanted: Type, found: Type): Type {
    const [left, right] = [types.formatType(wanted), types.formatType(found)]
    return this.#wrong(offset, `expected type '${left}' but found '${right}'`)
  }

  #known(type: Type): Type {
    return substitute(this.#substitutions, type, false)
  }
}

function literalType(value: unknown): Type {
  switch (typeof value) {
    case 'boolean':
      return types.BOOL
    case 'bigint':
      return types.INT
    case 'number':
      return types.DOUBLE
    case 'string':
      return types.STRING
    default:
      if (value === null) return types.NULL
      return value instanceof Uint ? types.UINT : types.BYTES
  }
}

/** `a.b.c` as one name; undefined where an expression is no chain of names. */
function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === 'ident') return expr.name
  if (expr.kind !== 'select' || expr.testOnly) return undefined
  const prefix = qualifiedName(expr.operand)
  return prefix === undefined ? undefined : `${prefix}.${expr.field}`
}
