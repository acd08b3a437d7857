import type { Checked } from '../check/checker.ts'
import { actualCost } from '../cost/actual.ts'
import type {
  CallExpr,
  ComprehensionExpr,
  Expr,
  ListExpr,
  MapExpr,
  SelectExpr,
  StructExpr,
} from '../syntax/ast.ts'
import type { Structs } from '../check/environment.ts'
import type { Result, Value } from '../values/value.ts'
import {
  ArrayList,
  CelError,
  EntryMap,
  NO_SUCH_OVERLOAD,
  OptionalValue,
  TypeValue,
} from '../values/value.ts'
import { display } from '../values/display.ts'
import { access, accessOptional, present } from './access.ts'
import { dispatcher } from './dispatch.ts'
import { type Accumulator, planFold } from './fold.ts'
import type { Frame, Step } from './frame.ts'
import { planConditional, planLogical, planOr, planSetMembership } from './operators.ts'

const LIST_COST = 10
const MAP_COST = 30
const STRUCT_COST = 40
const CONVERSIONS: ReadonlySet<string> = new Set(
  'bool bytes double dyn duration int string timestamp type uint'.split(' '),
)

/** A step, and its value where it is the same each time. */
export interface Planned {
  readonly run: Step
  readonly constant?: Value
  /** A variable, or a path below one: reading on costs nothing extra. */
  readonly isPath?: boolean
}

export interface Plan {
  readonly run: Step
  /** The variables that the expression reads, in the order of `Frame.global()`. */
  readonly globals: readonly string[]
}

/** Turns a checked expression into closures. A `CelError` where a constant in it cannot be converted. */
export function plan(checked: Checked, structs: Structs): Plan | CelError {
  const planner = new Planner(checked, structs)
  const { run } = planner.plan(checked.expr)
  return planner.problem ?? { run, globals: planner.globals }
}

class Planner {
  readonly globals: string[] = []
  problem: CelError | undefined
  readonly #checked: Checked
  readonly #structs: Structs
  readonly #locals: string[] = []
  /** The accumulator of the innermost loop that only the loop itself can see, so that it can grow in place. */
  readonly #growing = new Map<string, Accumulator>()

  constructor(checked: Checked, structs: Structs) {
    this.#checked = checked
    this.#structs = structs
  }

  plan(expr: Expr): Planned {
    switch (expr.kind) {
      case 'literal':
        return constant(expr.value)
      case 'ident':
        return this.#name(expr)!
      case 'select':
        return this.#name(expr) ?? this.#select(expr)
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

  #name(expr: Expr): Planned | undefined {
    const reference = this.#checked.references.get(expr)
    if (reference?.kind === 'type') return constant(new TypeValue(reference.name))
    if (reference?.kind !== 'variable') return undefined
    const local = this.#locals.lastIndexOf(reference.name)
    if (local >= 0) {
      return { run: (frame) => (frame.charge(1), frame.locals[local]!), isPath: true }
    }
    const name = reference.name.replace(/^\./, '')
    if (!this.globals.includes(name)) this.globals.push(name)
    const index = this.globals.indexOf(name)
    return { run: (frame) => (frame.charge(1), frame.global(index, name)), isPath: true }
  }

  #select({ operand, field, testOnly }: SelectExpr): Planned {
    const { run, isPath } = this.plan(operand)
    if (testOnly) {
      const extra = isPath ? 0 : 1
      return {
        run: (frame) => {
          const value = run(frame)
          frame.charge(extra)
          return value instanceof CelError ? value : present(value, field)
        },
      }
    }
    return this.#path(run, isPath, (value) => access(value, field))
  }

  /** Reading a field or an item costs 1, and 1 more at the start of a path that begins with no variable. */
  #path(run: Step, isPath: boolean | undefined, read: (value: Value) => Result): Planned {
    const cost = isPath ? 1 : 2
    return {
      run: (frame) => {
        const value = run(frame)
        if (value instanceof CelError) return value
        frame.charge(cost)
        return read(value)
      },
      isPath: true,
    }
  }

  #call(expr: CallExpr): Planned {
    const reference = this.#checked.references.get(expr)
    const qualified = reference?.kind === 'function' && reference.qualified
    const args = expr.target && !qualified ? [expr.target, ...expr.args] : expr.args
    const special = this.#special(expr.name, args)
    if (special) return special
    const overloads = reference?.kind === 'function' ? reference.overloads : []
    const grown = this.#grow(expr.name, args)
    if (grown) return grown
    const planned = args.map((arg) => this.plan(arg))
    const id = overloads.length === 1 ? overloads[0]!.id : ''
    if (id === 'in_list' && planned[1]!.constant !== undefined) {
      const membership = planSetMembership(planned[0]!.run, planned[1]!.constant)
      if (membership) return membership
    }
    const call = dispatcher(overloads)
    const only = planned.length === 1 ? planned[0]!.constant : undefined
    if (only !== undefined && CONVERSIONS.has(expr.name) && !expr.target) {
      return this.#fold(call([only]))
    }
    const name = overloads[0]?.function ?? expr.name
    return {
      run: strict(
        planned.map(({ run }) => run),
        call,
        actualCost(name, id),
      ),
    }
  }

  /** A conversion of a constant happens once, and where it fails the whole expression is refused. */
  #fold(value: Result): Planned {
    if (!(value instanceof CelError)) return constant(value)
    this.problem ??= value
    return { run: () => value }
  }

  #special(name: string, args: readonly Expr[]): Planned | undefined {
    const step = (index: number): Step => this.plan(args[index]!).run
    switch (name) {
      case '_&&_':
        return { run: planLogical(step(0), step(1), false) }
      case '_||_':
        return { run: planLogical(step(0), step(1), true) }
      case '_?_:_':
        return { run: planConditional(step(0), step(1), step(2)), isPath: true }
      case '@not_strictly_false': {
        const run = step(0)
        return { run: (frame) => (frame.charge(1), run(frame) !== false) }
      }
      case '_[_]':
      case '_[?_]':
      case '_?._':
        return this.#index(args[0]!, args[1]!, name === '_[_]' ? access : accessOptional)
      case 'or':
      case 'orValue':
        return args.length === 2 ? { run: planOr(step(0), step(1), name === 'or') } : undefined
      default:
        return undefined
    }
  }

  #index(operand: Expr, key: Expr, read: (value: Value, key: Value) => Result): Planned {
    const { run, isPath } = this.plan(operand)
    const index = this.plan(key)
    if (index.constant !== undefined) {
      const known = index.constant
      return this.#path(run, isPath, (value) => read(value, known))
    }
    const cost = isPath ? 1 : 2
    return {
      run: (frame) => {
        const value = run(frame)
        if (value instanceof CelError) return value
        const at = index.run(frame)
        if (at instanceof CelError) return at
        frame.charge(cost)
        return read(value, at)
      },
      isPath: true,
    }
  }

  /** `@result + [x]` and `cel.@mapInsert(@result, ...)` in a loop of a macro: adds in place. */
  #grow(name: string, args: readonly Expr[]): Planned | undefined {
    const [first, second, third] = args
    if (first?.kind !== 'ident' || !second) return undefined
    const accumulator = this.#growing.get(first.name)
    if (!accumulator || this.#locals.lastIndexOf(first.name) !== accumulator.slot) return undefined
    if (name === '_+_' && accumulator.kind === 'list' && second.kind === 'list') {
      const item = this.plan(second.elements[0]!)
      const extra = item.constant === undefined ? LIST_COST : 0
      return { run: accumulator.append(item.run, 2 + extra) }
    }
    if (name !== 'cel.@mapInsert' || accumulator.kind !== 'map') return undefined
    if (!third) return { run: accumulator.insertAll(this.plan(second).run) }
    return { run: accumulator.insert(this.plan(second).run, this.plan(third).run) }
  }

  #list({ elements, optional }: ListExpr): Planned {
    const planned = elements.map((element) => this.plan(element))
    if (optional.size === 0 && planned.every((each) => each.constant !== undefined)) {
      return constant(new ArrayList(planned.map((each) => each.constant!)))
    }
    const steps = planned.map(({ run }) => run)
    return {
      run: (frame) => {
        const items: Value[] = []
        for (let i = 0; i < steps.length; i++) {
          const item = steps[i]!(frame)
          if (item instanceof CelError) return item
          if (!optional.has(i)) items.push(item)
          else if (!(item instanceof OptionalValue)) return notOptional(item, 'list element')
          else if (item.value !== undefined) items.push(item.value)
        }
        frame.charge(LIST_COST)
        return new ArrayList(items)
      },
    }
  }

  #map({ entries }: MapExpr): Planned {
    const keys = entries.map(({ key }) => this.plan(key))
    const values = entries.map(({ value }) => this.plan(value))
    const isConstant =
      [...keys, ...values].every((each) => each.constant !== undefined) &&
      entries.every((entry) => !entry.optional)
    const run: Step = (frame) => {
      const map = new EntryMap()
      for (let i = 0; i < entries.length; i++) {
        const key = keys[i]!.run(frame)
        if (key instanceof CelError) return key
        let value = values[i]!.run(frame)
        if (value instanceof CelError) return value
        if (entries[i]!.optional) {
          if (!(value instanceof OptionalValue)) return notOptional(value, 'map entry')
          if (value.value === undefined) continue
          value = value.value
        }
        if (!map.insert(key, value)) return badKey(map, key)
      }
      if (!isConstant) frame.charge(MAP_COST)
      return map
    }
    if (!isConstant) return { run }
    const built = run(NO_FRAME)
    return built instanceof CelError ? { run: () => built } : constant(built)
  }

  #struct({ typeName, fields }: StructExpr): Planned {
    const make = this.#structs(typeName.replace(/^\./, ''))?.make
    const steps = fields.map(({ value }) => this.plan(value).run)
    return {
      run: (frame) => {
        const values = new Map<string, Value>()
        for (const [i, field] of fields.entries()) {
          const value = steps[i]!(frame)
          if (value instanceof CelError) return value
          if (!field.optional) values.set(field.name, value)
          else if (!(value instanceof OptionalValue)) return notOptional(value, 'field')
          else if (value.value !== undefined) values.set(field.name, value.value)
        }
        frame.charge(STRUCT_COST)
        return make ? make(values) : new CelError(`unknown type '${typeName}'`)
      },
    }
  }

  #comprehension(expr: ComprehensionExpr): Planned {
    const range = this.plan(expr.range).run
    const init = this.plan(expr.init).run
    const slot = this.#locals.push(expr.accu) - 1
    if (isBinding(expr)) {
      const body = this.plan(expr.result).run
      this.#locals.pop()
      return { run: (frame) => ((frame.locals[slot] = init(frame)), body(frame)) }
    }
    const outer = this.#growing.get(expr.accu)
    const fold = planFold(expr, slot)
    if (fold.accumulator) this.#growing.set(expr.accu, fold.accumulator)
    else this.#growing.delete(expr.accu)
    this.#locals.push(expr.variable, expr.variable2 ?? '')
    const condition = this.plan(expr.condition)
    const step = this.plan(expr.step).run
    this.#locals.splice(-2)
    const result = this.plan(expr.result).run
    this.#locals.pop()
    if (outer) this.#growing.set(expr.accu, outer)
    else this.#growing.delete(expr.accu)
    const always = condition.constant === true
    return {
      run: fold.run({ range, init, condition: always ? undefined : condition.run, step, result }),
    }
  }
}

function constant(value: Value): Planned {
  return { run: () => value, constant: value }
}

/** Calls a function once all arguments are there; the first error among them is the result. */
function strict(
  args: readonly Step[],
  call: (args: Value[]) => Result,
  cost: (args: readonly Value[]) => number,
): Step {
  const [first, second] = args
  if (first && second && args.length === 2) return strictPair(first, second, call, cost)
  return (frame: Frame) => {
    const values: Value[] = []
    for (let i = 0; i < args.length; i++) {
      const value = args[i]!(frame)
      if (value instanceof CelError) return value
      values.push(value)
    }
    frame.charge(cost(values))
    return call(values)
  }
}

/** The same for two arguments, as most calls have. */
function strictPair(
  first: Step,
  second: Step,
  call: (args: Value[]) => Result,
  cost: (args: readonly Value[]) => number,
): Step {
  return (frame) => {
    const left = first(frame)
    if (left instanceof CelError) return left
    const right = second(frame)
    if (right instanceof CelError) return right
    const values = [left, right]
    frame.charge(cost(values))
    return call(values)
  }
}

/** `cel.bind()` and what macros make like it: a value gets a name, and there is nothing to loop over. */
function isBinding({ range, condition }: ComprehensionExpr): boolean {
  return (
    range.kind === 'list' &&
    range.elements.length === 0 &&
    condition.kind === 'literal' &&
    condition.value === false
  )
}

function notOptional(value: Value, where: string): CelError {
  return new CelError(
    `cannot initialize optional ${where} from non-optional value ${display(value)}`,
  )
}

function badKey(map: EntryMap, key: Value): CelError {
  return map.has(key) ? new CelError(`Failed with repeated key: ${display(key)}`) : NO_SUCH_OVERLOAD
}

// Constant maps need no variables and cost nothing.
const NO_FRAME = undefined as unknown as Frame
