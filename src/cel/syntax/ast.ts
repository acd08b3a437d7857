import type { Uint } from '../values/number.ts'

/** An expression as parsed, macros expanded. Nodes are told apart by identity. `offset` is where an error is shown. */
export type Expr =
  | LiteralExpr
  | IdentExpr
  | SelectExpr
  | CallExpr
  | ListExpr
  | MapExpr
  | StructExpr
  | ComprehensionExpr

export type Literal = null | boolean | bigint | number | string | Uint8Array | Uint

export interface LiteralExpr {
  readonly kind: 'literal'
  readonly offset: number
  readonly value: Literal
}

export interface IdentExpr {
  readonly kind: 'ident'
  readonly offset: number
  readonly name: string
}

export interface SelectExpr {
  readonly kind: 'select'
  readonly offset: number
  readonly operand: Expr
  readonly field: string
  /** `has(operand.field)`: whether it is there. */
  readonly testOnly: boolean
}

export interface CallExpr {
  readonly kind: 'call'
  readonly offset: number
  /** A name, or an operator such as `_+_`. */
  readonly name: string
  readonly target: Expr | undefined
  readonly args: readonly Expr[]
}

export interface ListExpr {
  readonly kind: 'list'
  readonly offset: number
  readonly elements: readonly Expr[]
  /** Which elements are written `?x`: left out where they have no value. */
  readonly optional: ReadonlySet<number>
}

export interface MapExpr {
  readonly kind: 'map'
  readonly offset: number
  readonly entries: readonly MapEntry[]
}

export interface MapEntry {
  readonly key: Expr
  readonly value: Expr
  readonly optional: boolean
}

export interface StructExpr {
  readonly kind: 'struct'
  readonly offset: number
  readonly typeName: string
  readonly fields: readonly StructField[]
}

export interface StructField {
  readonly offset: number
  readonly name: string
  readonly value: Expr
  readonly optional: boolean
}

/**
 * What all loops become: for each item of `range`, while `condition`, `accu = step`; then `result`.
 * With `variable2`, `variable` is the index or key and `variable2` the value.
 */
export interface ComprehensionExpr {
  readonly kind: 'comprehension'
  readonly offset: number
  readonly range: Expr
  readonly variable: string
  readonly variable2: string | undefined
  readonly accu: string
  readonly init: Expr
  readonly condition: Expr
  readonly step: Expr
  readonly result: Expr
}

/** The accumulator of macros: no name that an expression can contain. */
export const ACCU = '@result'

export function literal(offset: number, value: Literal): LiteralExpr {
  return { kind: 'literal', offset, value }
}

export function ident(offset: number, name: string): IdentExpr {
  return { kind: 'ident', offset, name }
}

export function call(offset: number, name: string, args: readonly Expr[], target?: Expr): CallExpr {
  return { kind: 'call', offset, name, target, args }
}

export function list(offset: number, elements: readonly Expr[]): ListExpr {
  return { kind: 'list', offset, elements, optional: NONE }
}

const NONE: ReadonlySet<number> = new Set()

/** The nodes right below one. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'literal':
    case 'ident':
      return []
    case 'select':
      return [expr.operand]
    case 'call':
      return expr.target ? [expr.target, ...expr.args] : expr.args
    case 'list':
      return expr.elements
    case 'map':
      return expr.entries.flatMap(({ key, value }) => [key, value])
    case 'struct':
      return expr.fields.map(({ value }) => value)
    case 'comprehension':
      return [expr.range, expr.init, expr.condition, expr.step, expr.result]
    default:
      return expr satisfies never
  }
}
