import { ParseError } from '../../apimachinery/parse-error.ts'
import { callFunction, isTrue, member, textOf, Whole, type TemplateContext } from './functions.ts'
import type { Command, Node, Operand, Pipeline, Template } from './syntax.ts'

/**
 * What a template comes to: its text, in which marks stand for values. Texts of objects of one shape are equal, so that
 * they need be read as YAML only once.
 */
export interface Evaluated {
  readonly text: string
  /** What the marks stand for, in order. */
  readonly values: readonly unknown[]
}

/** How the value with this number stands in the text. */
export const MARK = /"\uE000(\d+)\uE001"/g

const DEPTH_MAX = 50
const BLOCK_INDENT = ' '.repeat(40)

export function evaluate(template: Template, object: unknown, context: TemplateContext): Evaluated {
  const run = new Evaluation(template, object, context)
  run.nodes(template.body, object, new Scope())
  return { text: run.text, values: run.values }
}

class Scope {
  readonly #values = new Map<string, unknown>()
  readonly #outer: Scope | undefined

  constructor(outer?: Scope) {
    this.#outer = outer
  }

  get(name: string): unknown {
    if (this.#values.has(name)) return this.#values.get(name)
    if (!this.#outer) throw new ParseError(`undefined variable ${JSON.stringify(name)}`)
    return this.#outer.get(name)
  }

  declare(name: string, value: unknown): void {
    this.#values.set(name, value)
  }

  assign(name: string, value: unknown): void {
    if (this.#values.has(name)) this.#values.set(name, value)
    else if (this.#outer) this.#outer.assign(name, value)
    else throw new ParseError(`undefined variable ${JSON.stringify(name)}`)
  }
}

type Flow = 'break' | 'continue' | undefined

class Evaluation {
  text = ''
  readonly values: unknown[] = []
  readonly #template: Template
  readonly #context: TemplateContext
  #root: unknown
  #depth = 0

  constructor(template: Template, root: unknown, context: TemplateContext) {
    this.#template = template
    this.#root = root
    this.#context = context
  }

  nodes(nodes: readonly Node[], dot: unknown, scope: Scope): Flow {
    for (const node of nodes) {
      const flow = this.#node(node, dot, scope)
      if (flow) return flow
    }
    return undefined
  }

  #node(node: Node, dot: unknown, scope: Scope): Flow {
    switch (node.type) {
      case 'text':
        this.text += node.text
        return undefined
      case 'print': {
        const value = this.#pipeline(node.pipeline, dot, scope)
        if (node.pipeline.variables.length === 0) this.#print(value)
        return undefined
      }
      case 'if':
      case 'with': {
        const inner = new Scope(scope)
        const value = this.#pipeline(node.pipeline, dot, inner)
        if (!isTrue(value)) return this.nodes(node.otherwise, dot, inner)
        return this.nodes(node.body, node.type === 'with' ? value : dot, inner)
      }
      case 'range':
        return this.#range(node, dot, scope)
      case 'template':
        this.#call(node, dot, scope)
        return undefined
      case 'break':
      case 'continue':
        return node.type
      default:
        throw new Error(`unknown node ${JSON.stringify(node satisfies never)}`)
    }
  }

  #range(node: Node & { type: 'range' | 'if' | 'with' }, dot: unknown, scope: Scope): Flow {
    const { variables, commands } = node.pipeline
    const value = this.#commands(commands, dot, scope)
    const items = typeof value === 'object' && value !== null ? Object.entries(value) : []
    if (items.length === 0) return this.nodes(node.otherwise, dot, new Scope(scope))
    for (const [key, item] of items) {
      const inner = new Scope(scope)
      if (variables.length > 0) inner.declare(variables.at(-1)!, item)
      if (variables.length > 1)
        inner.declare(variables[0]!, Array.isArray(value) ? Number(key) : key)
      if (this.nodes(node.body, item, inner) === 'break') break
    }
    return undefined
  }

  #call({ name, pipeline }: Node & { type: 'template' }, dot: unknown, scope: Scope): void {
    const body = this.#template.defined.get(name)
    if (!body) throw new ParseError(`template ${JSON.stringify(name)} not defined`)
    if (this.#depth >= DEPTH_MAX) throw new ParseError('templates call each other too deeply')
    const value = pipeline && this.#pipeline(pipeline, dot, scope)
    const root = this.#root
    this.#root = value
    this.#depth += 1
    this.nodes(body, value, new Scope())
    this.#depth -= 1
    this.#root = root
  }

  #print(value: unknown): void {
    if (!(value instanceof Whole)) this.text += textOf(value)
    else {
      const mark = `"\uE000${this.values.push(value.value) - 1}\uE001"`
      this.text += value.isBlock ? BLOCK_INDENT + mark : mark
    }
  }

  #pipeline(pipeline: Pipeline, dot: unknown, scope: Scope): unknown {
    const value = this.#commands(pipeline.commands, dot, scope)
    for (const name of pipeline.variables) {
      if (pipeline.isAssignment) scope.assign(name, value)
      else scope.declare(name, value)
    }
    return value
  }

  #commands(commands: readonly Command[], dot: unknown, scope: Scope): unknown {
    let value: unknown
    for (const [i, command] of commands.entries())
      value = this.#command(command, dot, scope, i > 0 ? [value] : [])
    return value
  }

  #command(
    [first, ...others]: Command,
    dot: unknown,
    scope: Scope,
    piped: readonly unknown[],
  ): unknown {
    if (first!.type !== 'function') return this.#operand(first!, dot, scope)
    const args = others.map((each) => this.#operand(each, dot, scope))
    return callFunction(first!.name, [...args, ...piped], this.#context)
  }

  #operand(operand: Operand, dot: unknown, scope: Scope): unknown {
    switch (operand.type) {
      case 'literal':
        return operand.value
      case 'function':
        return callFunction(operand.name, [], this.#context)
      case 'dot':
        return follow(dot, operand.path)
      case 'variable':
        return follow(operand.name === '$' ? this.#root : scope.get(operand.name), operand.path)
      case 'pipeline':
        return follow(this.#commands(operand.pipeline.commands, dot, scope), operand.path)
      default:
        throw new Error(`unknown operand ${JSON.stringify(operand satisfies never)}`)
    }
  }
}

function follow(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(member, value)
}
