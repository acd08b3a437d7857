import type { ComprehensionExpr, Expr } from './ast.ts'
import { ACCU, call, ident, list, literal } from './ast.ts'
import type { Issue } from './issue.ts'

type Expansion = Expr | Issue | undefined
type Macro = (offset: number, args: readonly Expr[], target: Expr) => Expansion

/**
 * What a call of a macro becomes; undefined where it is none. Each is told by name, number of arguments and whether it
 * has a target.
 */
export function expandMacro(
  offset: number,
  name: string,
  args: readonly Expr[],
  target: Expr | undefined,
): Expansion {
  if (!target) return name === 'has' && args.length === 1 ? expandHas(args[0]!) : undefined
  return MACROS.get(`${name}/${args.length}`)?.(offset, args, target)
}

const MACROS: ReadonlyMap<string, Macro> = new Map<string, Macro>([
  ['all/2', loop('all', 1)],
  ['all/3', loop('all', 2)],
  ['exists/2', loop('exists', 1)],
  ['exists/3', loop('exists', 2)],
  ['exists_one/2', loop('existsOne', 1)],
  ['exists_one/3', loop('existsOne', 2)],
  ['existsOne/2', loop('existsOne', 1)],
  ['existsOne/3', loop('existsOne', 2)],
  ['map/2', expandMap],
  ['map/3', expandMap],
  ['filter/2', expandFilter],
  ['transformList/3', loop('transformList', 2)],
  ['transformList/4', loop('transformList', 2)],
  ['transformMap/3', loop('transformMap', 2)],
  ['transformMap/4', loop('transformMap', 2)],
  ['transformMapEntry/3', loop('transformMapEntry', 2)],
  ['transformMapEntry/4', loop('transformMapEntry', 2)],
  ['optMap/2', (offset, args, target) => expandOptional('optMap', offset, args, target)],
  ['optFlatMap/2', (offset, args, target) => expandOptional('optFlatMap', offset, args, target)],
  ['sortBy/2', expandSortBy],
])

function expandHas(arg: Expr): Expansion {
  if (arg.kind === 'select') return { ...arg, testOnly: true }
  return { offset: arg.offset, message: 'invalid argument to has() macro' }
}

type Parts = Pick<ComprehensionExpr, 'init' | 'condition' | 'step' | 'result'>
type LoopKind =
  | 'all'
  | 'exists'
  | 'existsOne'
  | 'transformList'
  | 'transformMap'
  | 'transformMapEntry'

function loop(kind: LoopKind, variables: 1 | 2): Macro {
  return (offset, args, target) => {
    const names = variableNames(args.slice(0, variables), 'argument must be a simple name')
    if (!Array.isArray(names)) return names
    const rest = args.slice(variables)
    const body = rest.at(-1)!
    const filter = rest.length > 1 ? rest[0] : undefined
    const parts = partsOf(kind, offset, names[0]!, body, filter)
    return comprehension(offset, target, names, parts)
  }
}

function partsOf(
  kind: LoopKind,
  offset: number,
  variable: string,
  body: Expr,
  filter: Expr | undefined,
): Parts {
  const accu = ident(offset, ACCU)
  const always = literal(offset, true)
  const when = (step: Expr): Expr => (filter ? call(offset, '_?_:_', [filter, step, accu]) : step)
  switch (kind) {
    case 'all':
      return {
        init: always,
        condition: call(offset, '@not_strictly_false', [accu]),
        step: call(offset, '_&&_', [accu, body]),
        result: accu,
      }
    case 'exists':
      return {
        init: literal(offset, false),
        condition: call(offset, '@not_strictly_false', [call(offset, '!_', [accu])]),
        step: call(offset, '_||_', [accu, body]),
        result: accu,
      }
    case 'existsOne': {
      const one = literal(offset, 1n)
      const step = call(offset, '_?_:_', [body, call(offset, '_+_', [accu, one]), accu])
      const result = call(offset, '_==_', [accu, one])
      return { init: literal(offset, 0n), condition: always, step, result }
    }
    case 'transformList': {
      const step = when(call(offset, '_+_', [accu, list(offset, [body])]))
      return { init: list(offset, []), condition: always, step, result: accu }
    }
    case 'transformMap': {
      const step = when(call(offset, 'cel.@mapInsert', [accu, ident(offset, variable), body]))
      return { init: emptyMap(offset), condition: always, step, result: accu }
    }
    case 'transformMapEntry': {
      const step = when(call(offset, 'cel.@mapInsert', [accu, body]))
      return { init: emptyMap(offset), condition: always, step, result: accu }
    }
    default:
      return kind satisfies never
  }
}

function expandMap(offset: number, args: readonly Expr[], target: Expr): Expansion {
  const names = variableNames(args.slice(0, 1), 'argument is not an identifier')
  if (!Array.isArray(names)) return names
  const filter = args.length === 3 ? args[1] : undefined
  const parts = partsOf('transformList', offset, names[0]!, args.at(-1)!, filter)
  return comprehension(offset, target, names, parts)
}

function expandFilter(offset: number, args: readonly Expr[], target: Expr): Expansion {
  const names = variableNames(args.slice(0, 1), 'argument is not an identifier')
  if (!Array.isArray(names)) return names
  const parts = partsOf('transformList', offset, names[0]!, args[0]!, args[1])
  return comprehension(offset, target, names, parts)
}

/** `target.optMap(v, e)` is `target.hasValue() ? optional.of(e with v bound to target.value()) : optional.none()`. */
function expandOptional(
  name: 'optMap' | 'optFlatMap',
  offset: number,
  args: readonly Expr[],
  target: Expr,
): Expansion {
  const [variable, body] = [args[0]!, args[1]!]
  if (variable.kind !== 'ident') {
    const message = `${name}() variable name must be a simple identifier`
    return { offset: variable.offset, message }
  }
  const bound = bind(offset, variable.name, call(offset, 'value', [], target), body)
  const some = name === 'optMap' ? call(offset, 'optional.of', [bound]) : bound
  const has = call(offset, 'hasValue', [], target)
  return call(offset, '_?_:_', [has, some, call(offset, 'optional.none', [])])
}

/** `target.sortBy(v, key)` binds the list, so that it is evaluated once, and sorts it by the keys of its items. */
function expandSortBy(offset: number, args: readonly Expr[], target: Expr): Expansion {
  const allowed = ['select', 'list', 'ident', 'comprehension', 'call']
  if (!allowed.includes(target.kind)) {
    const message =
      'sortBy can only be applied to a list, identifier, comprehension, call or select expression'
    return { offset: target.offset, message }
  }
  const variable = args[0]!
  if (variable.kind !== 'ident') {
    return { offset: variable.offset, message: 'argument must be a simple name' }
  }
  const input = ident(offset, '@__sortBy_input__')
  const keys = expandMap(offset, args, input)
  if (!keys || !('kind' in keys)) return keys
  const sorted = call(offset, '@sortByAssociatedKeys', [keys], input)
  return bind(offset, input.name, target, sorted)
}

function bind(offset: number, name: string, value: Expr, body: Expr): ComprehensionExpr {
  return {
    kind: 'comprehension',
    offset,
    range: list(offset, []),
    variable: '#unused',
    variable2: undefined,
    accu: name,
    init: value,
    condition: literal(offset, false),
    step: ident(offset, name),
    result: body,
  }
}

function comprehension(
  offset: number,
  range: Expr,
  names: readonly string[],
  parts: Parts,
): ComprehensionExpr {
  const [variable = '', variable2] = names
  return { kind: 'comprehension', offset, range, variable, variable2, accu: ACCU, ...parts }
}

function variableNames(args: readonly Expr[], otherwise: string): string[] | Issue {
  const names: string[] = []
  for (const arg of args) {
    if (arg.kind !== 'ident' || arg.name.startsWith('.')) {
      return { offset: arg.offset, message: otherwise }
    }
    if (names.includes(arg.name)) {
      return { offset: arg.offset, message: `duplicate variable name: ${arg.name}` }
    }
    if (arg.name === '__result__') {
      const message = 'iteration variable overwrites accumulator variable'
      return { offset: arg.offset, message }
    }
    names.push(arg.name)
  }
  return names
}

function emptyMap(offset: number): Expr {
  return { kind: 'map', offset, entries: [] }
}
