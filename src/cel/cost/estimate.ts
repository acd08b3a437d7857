import type { Checked } from '../check/checker.ts'
import type { Type } from '../check/type.ts'
import { isOptional } from '../check/type.ts'
import type { DeclaredType } from '../schema/declared-type.ts'
import type { CallExpr, ComprehensionExpr, Expr, SelectExpr } from '../syntax/ast.ts'
import { ACCU } from '../syntax/ast.ts'
import { sizeOf } from './actual.ts'
import { type Operand, estimateCall } from './estimate-call.ts'
import type { Range } from './range.ts'
import { ONE, UNKNOWN, UNLIMITED, ZERO, fixed, plus, times, union } from './range.ts'

/** What an evaluation can cost at least and at most. */
export type CostEstimate = Range

/** Sizes of the keys (or indices) and values of a list or map, where both are known. */
interface EntrySize {
  readonly kind: 'list' | 'map'
  readonly key: Range
  readonly value: Range
}

interface Local {
  readonly path: readonly string[]
  readonly size: Range | undefined
  readonly entry: EntrySize | undefined
}

/**
 * Estimates what an expression can cost, from the limits of its variables' types. The rules are cel-go's, with
 * Kubernetes' figures for its libraries, so that a rule that Kubernetes accepts is accepted here and no other.
 */
export function estimate(
  checked: Checked,
  variables: ReadonlyMap<string, DeclaredType>,
): CostEstimate {
  return new Estimator(checked, variables).cost(checked.expr)
}

class Estimator {
  readonly #checked: Checked
  readonly #variables: ReadonlyMap<string, DeclaredType>
  readonly #paths = new Map<Expr, readonly string[]>()
  readonly #sizes = new Map<Expr, Range>()
  readonly #entries = new Map<Expr, EntrySize>()
  readonly #locals: (readonly [string, Local])[] = []

  constructor(checked: Checked, variables: ReadonlyMap<string, DeclaredType>) {
    this.#checked = checked
    this.#variables = variables
  }

  cost(expr: Expr): Range {
    switch (expr.kind) {
      case 'literal':
        return ZERO
      case 'ident':
        return this.#identCost(expr, expr.name)
      case 'select':
        return this.#selectCost(expr)
      case 'call':
        return this.#callCost(expr)
      case 'list':
        return this.#listCost(expr, expr.elements)
      case 'map':
        return this.#mapCost(expr)
      case 'struct':
        return plus(fixed(40), ...expr.fields.map(({ value }) => this.cost(value)))
      case 'comprehension':
        return isBinding(expr) ? this.#bindCost(expr) : this.#loopCost(expr)
      default:
        return expr satisfies never
    }
  }

  #identCost(expr: Expr, name: string): Range {
    this.#paths.set(expr, this.#local(name)?.path ?? [name.replace(/^\./, '')])
    return ONE
  }

  #selectCost(expr: SelectExpr): Range {
    const reference = this.#checked.references.get(expr)
    if (reference && reference.kind !== 'function') return this.#identCost(expr, reference.name)
    const operand = this.cost(expr.operand)
    if (expr.testOnly) return operand
    this.#paths.set(expr, [...this.#pathOf(expr.operand), expr.field])
    const { kind } = this.#checked.typeOf(expr.operand)
    return kind === 'map' || kind === 'struct' || kind === 'param' ? plus(operand, ONE) : operand
  }

  #callCost(expr: CallExpr): Range {
    const reference = this.#checked.references.get(expr)
    const args = expr.args.map((arg) => this.cost(arg))
    if (expr.name === 'dyn' && !expr.target) {
      this.#copySizes(expr, expr.args[0]!)
      return plus(ONE, args[0]!)
    }
    if (expr.name === '_?._') return this.#optionalSelectCost(expr, args[0]!)
    if (reference?.kind !== 'function') return ZERO
    const target = expr.target && !reference.qualified ? expr.target : undefined
    const targetCost = target ? this.cost(target) : ZERO
    let [cost, size]: [Range | undefined, Range | undefined] = [undefined, undefined]
    for (const { id, function: name } of reference.overloads) {
      const call = this.#overloadCost(expr, name, id, target, args)
      cost = cost ? union(cost, call.cost) : call.cost
      size = call.size && size ? union(size, call.size) : (call.size ?? size)
      if (id === 'index_list' || id === 'index_map') {
        size = this.#entryOf(expr.args[0]!)?.value
        const item = id === 'index_list' ? '@items' : '@values'
        this.#paths.set(expr, [...this.#pathOf(expr.args[0]!), item])
      }
      size ??= this.#sizeOf(expr)
    }
    if (size) this.#sizes.set(expr, size)
    return plus(targetCost, cost ?? ZERO)
  }

  #optionalSelectCost(expr: CallExpr, operand: Range): Range {
    const field = expr.args[1]!
    if (field.kind === 'literal' && typeof field.value === 'string') {
      this.#paths.set(expr, [...this.#pathOf(expr.args[0]!), field.value])
    }
    return plus(operand, ONE)
  }

  #overloadCost(
    expr: CallExpr,
    name: string,
    id: string,
    target: Expr | undefined,
    args: readonly Range[],
  ): { cost: Range; size?: Range | undefined } {
    if (id === 'logical_and' || id === 'logical_or') {
      return { cost: { min: args[0]!.min, max: plus(args[0]!, args[1]!).max } }
    }
    if (id === 'conditional') return this.#conditionalCost(expr, args)
    if (id === 'add_string' || id === 'add_bytes' || id === 'add_list') {
      const entry = unite(this.#entryOf(expr.args[0]!), this.#entryOf(expr.args[1]!))
      if (entry) this.#entries.set(expr, entry)
    }
    const operands = expr.args.map((arg) => this.#operand(arg))
    const call = estimateCall(name, id, target && this.#operand(target), operands)
    return { cost: plus(call.cost, ...args), size: call.size }
  }

  #conditionalCost(expr: CallExpr, args: readonly Range[]): { cost: Range; size: Range } {
    const [, yes, no] = expr.args
    const entry = unite(this.#entryOf(yes!), this.#entryOf(no!))
    if (entry) this.#entries.set(expr, entry)
    const cost = plus(args[0]!, union(args[1]!, args[2]!))
    return { cost, size: union(this.#sizeOr(yes!), this.#sizeOr(no!)) }
  }

  #operand(expr: Expr): Operand {
    const path = this.#pathOf(expr)
    const hidden = path[0] === ACCU
    const type = this.#checked.typeOf(expr)
    return {
      expr,
      type,
      size: this.#sizeOf(expr),
      itemSize: () => (hidden || path.length === 0 ? undefined : this.#sizeAt([...path, '@items'])),
    }
  }

  #listCost(expr: Expr, elements: readonly Expr[]): Range {
    const cost = plus(fixed(10), ...elements.map((element) => this.cost(element)))
    const value = elements.map((element) => this.#sizeOr(element)).reduce(union, EMPTY)
    this.#entries.set(expr, { kind: 'list', key: ONE, value: bounded(value, elements.length) })
    return cost
  }

  #mapCost(expr: Extract<Expr, { kind: 'map' }>): Range {
    const { entries } = expr
    const cost = plus(
      fixed(30),
      ...entries.flatMap(({ key, value }) => [this.cost(key), this.cost(value)]),
    )
    const key = entries.map((entry) => this.#sizeOr(entry.key)).reduce(union, EMPTY)
    const value = entries.map((entry) => this.#sizeOr(entry.value)).reduce(union, EMPTY)
    const count = entries.length
    this.#entries.set(expr, { kind: 'map', key: bounded(key, count), value: bounded(value, count) })
    return cost
  }

  #loopCost(expr: ComprehensionExpr): Range {
    const range = this.cost(expr.range)
    const init = this.cost(expr.init)
    this.#pushBound(expr.accu, expr.init)
    const outer = this.#locals.length
    this.#pushLoopVariables(expr)
    const condition = this.cost(expr.condition)
    const step = this.cost(expr.step)
    this.#locals.length = outer
    const result = this.cost(expr.result)
    this.#locals.pop()
    const count = this.#sizeOr(expr.range)
    if (expr.init.kind === 'literal') {
      const size = this.#sizeOf(expr.init)
      if (size) this.#sizes.set(expr, size)
    } else if (expr.init.kind === 'list' || expr.init.kind === 'map') {
      this.#sizes.set(expr, count)
      const entry = this.#entryOf(expr.step)
      if (entry) this.#entries.set(expr, entry)
    }
    return plus(range, init, result, times(count, plus(step, condition)))
  }

  #bindCost(expr: ComprehensionExpr): Range {
    const range = this.cost(expr.range)
    const init = this.cost(expr.init)
    this.#pushBound(expr.accu, expr.init)
    const result = this.cost(expr.result)
    this.#locals.pop()
    this.#copySizes(expr, expr.result)
    return plus(range, init, result)
  }

  #pushBound(name: string, value: Expr): void {
    const local = {
      path: this.#pathOf(value),
      size: this.#sizeOf(value),
      entry: this.#entryOf(value),
    }
    this.#locals.push([name, local])
  }

  #pushLoopVariables({ variable, variable2, range }: ComprehensionExpr): void {
    const entry = this.#entryOf(range)
    const isList = (entry?.kind ?? this.#checked.typeOf(range).kind) === 'list'
    const path = this.#pathOf(range)
    const local = (part: string, size: Range | undefined): Local => ({
      path: [...path, part],
      size,
      entry: undefined,
    })
    const first = local(isList ? '@indices' : '@keys', entry?.key)
    const second = local(isList ? '@items' : '@values', entry?.value)
    if (variable2 === undefined) this.#locals.push([variable, isList ? second : first])
    else this.#locals.push([variable, first], [variable2, second])
  }

  #local(name: string): Local | undefined {
    return this.#locals.findLast(([each]) => each === name)?.[1]
  }

  #pathOf(expr: Expr): readonly string[] {
    const local = expr.kind === 'ident' ? this.#local(expr.name) : undefined
    return local?.path ?? this.#paths.get(expr) ?? []
  }

  #entryOf(expr: Expr): EntrySize | undefined {
    const known = this.#entries.get(expr)
    return known ?? (expr.kind === 'ident' ? this.#local(expr.name)?.entry : undefined)
  }

  #copySizes(to: Expr, from: Expr): void {
    const [size, entry] = [this.#sizeOf(from), this.#entryOf(from)]
    if (size) this.#sizes.set(to, size)
    if (entry) this.#entries.set(to, entry)
  }

  #sizeOr(expr: Expr): Range {
    return this.#sizeOf(expr) ?? UNKNOWN
  }

  #sizeOf(expr: Expr): Range | undefined {
    const known = this.#sizes.get(expr) ?? literalSize(expr)
    if (known) return known
    const declared = this.#sizeAt(this.#pathOf(expr))
    if (declared) return declared
    if (isScalar(this.#checked.typeOf(expr))) return ONE
    return expr.kind === 'ident' ? this.#local(expr.name)?.size : undefined
  }

  /** What a path allows, such as `self.list.@items.name`. */
  #sizeAt([root, ...path]: readonly string[]): Range | undefined {
    let declared = root === undefined ? undefined : this.#variables.get(root)
    for (const part of path) {
      if (!declared) return undefined
      if (part === '@items' || part === '@values') declared = declared.item
      else if (part === '@keys') declared = declared.key
      else declared = declared.fields?.get(part)
    }
    return declared && { min: 0, max: declared.sizeMax }
  }
}

const EMPTY: Range = { min: UNLIMITED, max: 0 }

/** The sizes of no items at all: from 0. */
function bounded({ min, max }: Range, count: number): Range {
  return { min: count === 0 ? 0 : min, max }
}

function unite(a: EntrySize | undefined, b: EntrySize | undefined): EntrySize | undefined {
  return a && b && { kind: a.kind, key: union(a.key, b.key), value: union(a.value, b.value) }
}

function literalSize(expr: Expr): Range | undefined {
  if (expr.kind === 'literal') return fixed(sizeOf(expr.value))
  if (expr.kind === 'list') return fixed(expr.elements.length)
  return expr.kind === 'map' ? fixed(expr.entries.length) : undefined
}

function isScalar(type: Type): boolean {
  switch (type.kind) {
    case 'bool':
    case 'double':
    case 'duration':
    case 'int':
    case 'timestamp':
    case 'uint':
      return true
    default:
      return isOptional(type) && isScalar(type.params[0]!)
  }
}

function isBinding({ range, condition }: ComprehensionExpr): boolean {
  return (
    range.kind === 'list' &&
    range.elements.length === 0 &&
    condition.kind === 'literal' &&
    condition.value === false
  )
}
