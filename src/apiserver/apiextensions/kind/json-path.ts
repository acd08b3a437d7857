import { equal } from '../../../apimachinery/equality.ts'
import { isObject } from '../schema/schema.ts'

/** Finds the values that a path leads to, in order. */
export type JsonPath = (root: unknown) => readonly unknown[]

type Step = (values: readonly unknown[]) => readonly unknown[]

/** The text is no JSON path. */
export class JsonPathError extends Error {
  override readonly name = 'JsonPathError'
}

/**
 * Compiles a JSON path as columns have them, such as `.status.conditions[?(@.type=="Ready")].status`: fields, indexes,
 * slices, wildcards, filters by comparison, and descent, whose first ten thousand values count. Throws `JsonPathError`.
 * See https://kubernetes.io/docs/reference/kubectl/jsonpath/
 */
export function compileJsonPath(text: string): JsonPath {
  const parser = new Parser(text)
  const steps = parser.steps()
  parser.end()
  return (root) => steps.reduce((values, step) => step(values), [root] as readonly unknown[])
}

/** How deep filters may stand within filters, and how many values are looked at: more would take too long for a row. */
const FILTERS_DEPTH_MAX = 10
const VALUES_MAX = 10_000

class Parser {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  steps(): readonly Step[] {
    const steps: Step[] = []
    for (;;) {
      if (this.#take('..')) steps.push(descend)
      else if (this.#take('.')) {
        if (this.#text[this.#at] === '[' || this.#isDone()) continue
        steps.push(this.#take('*') ? everything : field(this.#name()))
      } else if (this.#take('[')) {
        steps.push(this.#subscript())
        this.#expect(']')
      } else return steps
      if (steps.at(-1) === descend && this.#text[this.#at] !== '[') {
        steps.push(this.#take('*') ? everything : field(this.#name()))
      }
    }
  }

  end(): void {
    if (!this.#isDone()) this.#fail(`unrecognized character ${this.#text[this.#at]}`)
  }

  #isDone(): boolean {
    return this.#at >= this.#text.length
  }

  #name(): string {
    const match = /^(?:\\.|[^.[\]\\\s()=<>!])+/.exec(this.#text.slice(this.#at))
    if (!match) return this.#fail('a name is missing')
    this.#at += match[0].length
    return match[0].replaceAll(/\\(.)/g, '$1')
  }

  #subscript(): Step {
    if (this.#take('*')) return everything
    if (this.#take('?(')) return this.#filter()
    const names = this.#quotedNames()
    if (names) return (values) => names.flatMap((name) => field(name)(values))
    const match = /^(-?\d*)(:(-?\d*))?(:(\d*))?/.exec(this.#text.slice(this.#at))!
    if (match[0] === '') return this.#fail('invalid array index')
    this.#at += match[0].length
    if (match[2] === undefined) return index(Number(match[1]))
    return slice(numberIn(match[1]), numberIn(match[3]), numberIn(match[5]) ?? 1)
  }

  #quotedNames(): readonly string[] | undefined {
    const names: string[] = []
    do {
      const quoted = this.#quoted()
      if (quoted === undefined) break
      names.push(quoted)
    } while (this.#take(','))
    return names.length > 0 ? names : undefined
  }

  #quoted(): string | undefined {
    const match = /^(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")/.exec(this.#text.slice(this.#at))
    if (!match) return undefined
    this.#at += match[0].length
    return (match[1] ?? match[2])!.replaceAll(/\\(.)/g, '$1')
  }

  #filter(): Step {
    if (++this.#depth > FILTERS_DEPTH_MAX) this.#fail('too many filters within filters')
    const left = this.#operand()
    this.#space()
    const operator = ['==', '!=', '<=', '>=', '<', '>'].find((each) => this.#take(each))
    const right = operator === undefined ? undefined : this.#operand()
    this.#space()
    this.#expect(')')
    this.#depth -= 1
    return (values) =>
      values.flatMap(itemsOf).filter((item) => {
        const [a] = left(item)
        if (operator === undefined || !right) return a !== undefined
        return compares(operator, a, right(item)[0])
      })
  }

  #operand(): JsonPath {
    this.#space()
    if (this.#take('@')) {
      const steps = this.steps()
      return (root) => steps.reduce((values, step) => step(values), [root] as readonly unknown[])
    }
    const text = this.#quoted()
    if (text !== undefined) return () => [text]
    const match = /^(?:true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?)/.exec(this.#text.slice(this.#at))
    if (!match) return this.#fail('a value is missing')
    this.#at += match[0].length
    const value: unknown = JSON.parse(match[0])
    return () => [value]
  }

  #space(): void {
    while (this.#text[this.#at] === ' ') this.#at += 1
  }

  #take(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false
    this.#at += token.length
    return true
  }

  #expect(token: string): void {
    if (!this.#take(token)) this.#fail(`${token} is missing`)
  }

  #fail(problem: string): never {
    throw new JsonPathError(`${problem} in ${JSON.stringify(this.#text)}`)
  }
}

function numberIn(text: string | undefined): number | undefined {
  return text === undefined || text === '' ? undefined : Number(text)
}

function field(name: string): Step {
  return (values) =>
    values.flatMap((value) => (isObject(value) && Object.hasOwn(value, name) ? [value[name]] : []))
}

function index(at: number): Step {
  return (values) =>
    values.flatMap((value) => {
      const item: unknown = Array.isArray(value) ? value.at(at) : undefined
      return item === undefined ? [] : [item]
    })
}

function slice(from: number | undefined, to: number | undefined, step: number): Step {
  return (values) =>
    values.flatMap((value) =>
      Array.isArray(value) ? value.slice(from ?? 0, to).filter((_, i) => i % step === 0) : [],
    )
}

const everything: Step = (values) => values.flatMap(itemsOf)

const descend: Step = (values) => {
  const found: unknown[] = []
  const visit = (value: unknown): void => {
    if (found.length === VALUES_MAX) return
    found.push(value)
    for (const each of itemsOf(value)) visit(each)
  }
  for (const value of values) visit(value)
  return found
}

function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return isObject(value) ? Object.values(value) : []
}

function compares(operator: string, a: unknown, b: unknown): boolean {
  if (operator === '==') return equal(a, b)
  if (operator === '!=') return !equal(a, b)
  if (typeof a !== typeof b || (typeof a !== 'string' && typeof a !== 'number')) return false
  const [left, right] = [a, b as typeof a]
  if (operator === '<') return left < right
  if (operator === '<=') return left <= right
  return operator === '>' ? left > right : left >= right
}
