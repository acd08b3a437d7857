import type { ValidationRule } from '../../../api/apiextensions/v1/common.ts'
import { PER_CALL_LIMIT, RUNTIME_BUDGET, type Program } from '../../../cel/index.ts'
import { OptionalValue } from '../../../cel/values/value.ts'
import {
  duplicate,
  forbidden,
  invalid,
  required,
  type FieldError,
} from '../../../schema/field-error.ts'
import { byKeys, Correlation, keyOf } from '../schema/correlation.ts'
import { NOWHERE } from '../schema/problems.ts'
import { isObject, type Json } from '../schema/schema.ts'
import type { CompiledRule } from './compile-rules.ts'
import type { RuleTree } from './rule-tree.ts'

const MESSAGE_BYTES_MAX = 5 * 1024

/** After how much work others may have a turn: some 5 ms, in units of cost. */
const COST_PER_TURN = 100_000

/** What rules have to say of an object. */
interface RuleFindings {
  readonly errors: readonly FieldError[]
  /** What was wrong before and has not changed. */
  readonly warnings: readonly FieldError[]
}

/**
 * What is wrong with an object by its CEL rules. Rules that compare it with the old one are left out where there is none.
 * Yields where others may have a turn.
 */
export function* evaluateRules(
  tree: RuleTree,
  object: object,
  old: object | undefined,
): Generator<void, RuleFindings> {
  const evaluation = new RuleEvaluation()
  const current = old && new Correlation(tree.schema, object, old)
  yield* evaluation.visit(tree, '', object, old, { current, nearest: undefined })
  return evaluation
}

/** The same for a new object that is small, at once. */
export function problemsByRules(tree: RuleTree, object: object): readonly FieldError[] {
  const evaluation = evaluateRules(tree, object, undefined)
  let step = evaluation.next()
  while (!step.done) step = evaluation.next()
  return step.value.errors
}

/** The value beside what it replaces, or else the nearest one around it that can be told to have been there. */
interface Beside {
  readonly current: Correlation | undefined
  readonly nearest: Correlation | undefined
}

function isUnchanged({ current, nearest }: Beside): boolean {
  return (current ?? nearest)?.isUnchanged === true
}

function besideKey(beside: Beside, name: string): Beside {
  const { current, nearest } = beside
  if (!current) return beside
  // Kind and version are what they are because both objects were brought there.
  if (!nearest && (name === 'apiVersion' || name === 'kind')) return NOTHING
  return { current: current.key(name), nearest: current }
}

const NOTHING: Beside = { current: undefined, nearest: undefined }

class RuleEvaluation {
  readonly errors: FieldError[] = []
  readonly warnings: FieldError[] = []
  #budget = RUNTIME_BUDGET
  #turnEnds = RUNTIME_BUDGET - COST_PER_TURN;

  /** Looks at a value and all below it, until the budget is gone. */
  *visit(
    tree: RuleTree,
    path: string,
    value: unknown,
    old: unknown,
    beside: Beside,
  ): Generator<void, void> {
    if (value === null || value === undefined || this.#budget < 0) return
    if (tree.rules.length > 0) yield* this.#evaluate(tree, path, value, old ?? undefined, beside)
    if (this.#budget < 0) return
    if (Array.isArray(value)) yield* this.#visitList(tree, path, value, old, beside)
    else if (isObject(value)) yield* this.#visitFields(tree, path, value, old, beside)
  }

  *#visitList(
    { items, schema }: RuleTree,
    path: string,
    list: readonly unknown[],
    old: unknown,
    beside: Beside,
  ): Generator<void, void> {
    if (!items) return
    const isMap = schema['x-kubernetes-list-type'] === 'map' && Array.isArray(old)
    const before = isMap ? byKeys(schema, old) : undefined
    for (const [i, item] of list.entries()) {
      const key = before && keyOf(schema, item)
      const { current } = beside
      const below = current ? { current: current.index(i), nearest: current } : beside
      yield* this.visit(items, `${path}[${i}]`, item, key && before?.get(key), below)
    }
  }

  *#visitFields(
    { properties, values }: RuleTree,
    path: string,
    object: Json,
    old: unknown,
    beside: Beside,
  ): Generator<void, void> {
    const before: Json = isObject(old) ? old : {}
    if (values) {
      for (const name of Object.keys(object)) {
        const at = `${path}[${name}]`
        yield* this.visit(values, at, object[name], before[name], besideKey(beside, name))
      }
    }
    for (const [name, tree] of properties) {
      if (!Object.hasOwn(object, name)) continue
      const at = path === '' ? name : `${path}.${name}`
      yield* this.visit(tree, at, object[name], before[name], besideKey(beside, name))
    }
  }

  *#evaluate(
    tree: RuleTree,
    path: string,
    value: unknown,
    old: unknown,
    beside: Beside,
  ): Generator<void, void> {
    const { rules, schema } = tree
    const at = path === '' ? NOWHERE : path
    const type = schema.type ?? ''
    for (const compiled of rules) {
      if (this.#budget <= 0) {
        this.#outOfBudget(at, type)
        return
      }
      if (compiled.problem !== undefined) {
        this.errors.push(invalid(at, type, `rule compile error: ${compiled.problem}`))
        continue
      }
      const { rule, program, readsOld } = compiled
      if (!program || (readsOld && old === undefined && !rule.optionalOldSelf)) continue
      const variables = variablesOf(tree, rule, readsOld, value, old)
      const result = program.evaluate(variables, { costLimit: PER_CALL_LIMIT })
      if (result.cost > this.#budget) {
        this.#outOfBudget(at, type)
        return
      }
      this.#budget -= result.cost
      if (!result.ok) {
        this.errors.push(invalid(at, type, errorText(result.error, rule)))
        if (result.isOverBudget) this.#stop()
      } else if (result.value !== true) this.#fail(tree, compiled, path, value, variables, beside)
      if (this.#budget < 0) return
      if (this.#budget > this.#turnEnds) continue
      yield
      this.#turnEnds = this.#budget - COST_PER_TURN
    }
  }

  #fail(
    { schema }: RuleTree,
    compiled: CompiledRule,
    path: string,
    value: unknown,
    variables: Json,
    beside: Beside,
  ): void {
    const { rule, fieldPath, readsOld } = compiled
    const inside = [path, fieldPath].filter((each) => each !== '').join('.')
    const at = inside === '' ? NOWHERE : inside
    const told = this.#message(compiled, variables)
    // What was so before may stay, but by rules about the change itself.
    const found = !readsOld && isUnchanged(beside) ? this.warnings : this.errors
    const isWhole = schema.type === 'object' || schema.type === 'array'
    found.push(
      told.stop
        ? invalid(at, schema.type ?? '', told.text)
        : errorFor(rule, at, isWhole ? undefined : value, told.text),
    )
  }

  #message(
    { message, rule }: CompiledRule,
    variables: Json,
  ): { readonly text: string; readonly stop: boolean } {
    const evaluated = message && this.#evaluateMessage(message, rule, variables)
    if (evaluated) return evaluated
    const text = rule.message ? rule.message.trim() : `failed rule: ${ruleText(rule)}`
    return { text, stop: false }
  }

  // A message that cannot be made leaves the plain one, but for one that costs too much.
  #evaluateMessage(
    message: Program,
    { messageExpression = '' }: ValidationRule,
    variables: Json,
  ): { readonly text: string; readonly stop: boolean } | undefined {
    const result = message.evaluate(variables, { costLimit: PER_CALL_LIMIT })
    if (result.cost > this.#budget) {
      this.#stop()
      const text =
        'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run'
      return { text, stop: true }
    }
    this.#budget -= result.cost
    if (!result.ok && result.isOverBudget) {
      this.#stop()
      const text = `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${JSON.stringify(messageExpression)}`
      return { text, stop: true }
    }
    if (!result.ok || typeof result.value !== 'string') return undefined
    const text = result.value.trim()
    const isUsable = text !== '' && !text.includes('\n') && text.length <= MESSAGE_BYTES_MAX
    return isUsable ? { text, stop: false } : undefined
  }

  #outOfBudget(at: string, type: string): void {
    const text =
      'validation failed due to running out of cost budget, no further validation rules will be run'
    this.errors.push(invalid(at, type, text))
    this.#stop()
  }

  #stop(): void {
    this.#budget = -1
  }
}

function variablesOf(
  { declared }: RuleTree,
  { optionalOldSelf }: ValidationRule,
  readsOld: boolean,
  self: unknown,
  old: unknown,
): Json {
  if (!readsOld) return { self }
  if (!optionalOldSelf) return { self, oldSelf: old }
  const value = old === undefined ? undefined : declared.toValue(old)
  return { self, oldSelf: new OptionalValue(value) }
}

function ruleText({ rule, message = '' }: ValidationRule): string {
  return (message === '' ? rule : message).trim()
}

function errorText(error: string, rule: ValidationRule): string {
  const text = ruleText(rule)
  if (error.startsWith('no such overload')) {
    return `'${error}': call arguments did not match a supported operator, function or macro signature for rule: ${text}`
  }
  if (error.startsWith('operation cancelled: actual cost limit exceeded')) {
    return `'${error}': no further validation rules will be run due to call cost exceeds limit for rule: ${text}`
  }
  return `${error} evaluating rule: ${text}`
}

function errorFor(
  { reason }: ValidationRule,
  at: string,
  value: unknown,
  detail: string,
): FieldError {
  if (reason === 'FieldValueForbidden') return forbidden(at, detail)
  if (reason === 'FieldValueRequired') return required(at, detail)
  if (reason === 'FieldValueDuplicate') return duplicate(at, value)
  return invalid(at, value, detail)
}
