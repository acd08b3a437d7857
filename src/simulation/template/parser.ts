import { ParseError } from '../../apimachinery/parse-error.ts'
import { pieces, type Piece, type Token } from './lexer.ts'
import { isFunction } from './functions.ts'
import type { Branches, Command, Node, Operand, Pipeline, Template } from './syntax.ts'

/** Reads a Go template: all of its syntax but `block`, with the functions of `functions.ts`. Throws `ParseError`. */
export function parseTemplate(source: string): Template {
  const parser = new Parser(pieces(source))
  const { nodes, end } = parser.nodes()
  if (end !== undefined) throw new ParseError(`unexpected {{${end}}}`)
  return { body: nodes, defined: parser.defined }
}

class Parser {
  readonly defined = new Map<string, readonly Node[]>()
  readonly #pieces: readonly Piece[]
  #at = 0

  constructor(given: readonly Piece[]) {
    this.#pieces = given
  }

  /** All up to an `end` or `else`, which it tells, with the tokens behind an `else`. */
  nodes(): { nodes: readonly Node[]; end: string | undefined; rest: readonly Token[] } {
    const nodes: Node[] = []
    for (;;) {
      const piece = this.#pieces[this.#at++]
      if (!piece) return { nodes, end: undefined, rest: [] }
      if (piece.type === 'text') {
        nodes.push(piece)
        continue
      }
      const [first, ...rest] = piece.tokens
      const word = first?.type === 'word' ? first.text : ''
      if (word === 'end' || word === 'else') return { nodes, end: word, rest }
      const node = this.#action(word, piece.tokens, piece.source)
      if (node) nodes.push(node)
    }
  }

  #action(word: string, tokens: readonly Token[], source: string): Node | undefined {
    const rest = tokens.slice(1)
    switch (word) {
      case 'if':
      case 'with':
      case 'range':
        return { type: word, pipeline: parsePipeline(rest, source), ...this.#branches(source) }
      case 'break':
      case 'continue':
        return { type: word }
      case 'define': {
        const { nodes, end } = this.nodes()
        if (end !== 'end') throw new ParseError(`${source} has no end`)
        this.defined.set(textOf(rest[0], source), nodes)
        return undefined
      }
      case 'template': {
        const pipeline = rest.length > 1 ? parsePipeline(rest.slice(1), source) : undefined
        return { type: 'template', name: textOf(rest[0], source), pipeline }
      }
      default:
        return { type: 'print', pipeline: parsePipeline(tokens, source) }
    }
  }

  #branches(source: string): Branches {
    const { nodes: body, end, rest } = this.nodes()
    if (end === undefined) throw new ParseError(`${source} has no end`)
    if (end === 'end') return { body, otherwise: [] }
    if (rest.length > 0) {
      const chained = this.#action(rest[0]!.text, rest, source)
      return { body, otherwise: chained ? [chained] : [] }
    }
    const { nodes: otherwise, end: last } = this.nodes()
    if (last !== 'end') throw new ParseError(`${source} has no end`)
    return { body, otherwise }
  }
}

function textOf(token: Token | undefined, source: string): string {
  if (token?.type !== 'string') throw new ParseError(`a name is missing in ${source}`)
  return unquoted(token.text)
}

function unquoted(text: string): string {
  return text.startsWith('`') ? text.slice(1, -1) : (JSON.parse(text) as string)
}

function parsePipeline(tokens: readonly Token[], source: string): Pipeline {
  const reader = new PipelineReader(tokens, source)
  const pipeline = reader.pipeline()
  reader.expectEnd()
  return pipeline
}

class PipelineReader {
  readonly #tokens: readonly Token[]
  readonly #source: string
  #at = 0

  constructor(tokens: readonly Token[], source: string) {
    this.#tokens = tokens
    this.#source = source
  }

  pipeline(): Pipeline {
    const { variables, isAssignment } = this.#declaration()
    const commands: Command[] = [this.#command()]
    while (this.#takes('|')) commands.push(this.#command())
    return { variables, isAssignment, commands }
  }

  expectEnd(): void {
    if (this.#at < this.#tokens.length) throw this.#unexpected()
  }

  /** `$x :=`, `$i, $x :=` or `$x =`, where the pipeline begins so. */
  #declaration(): Pick<Pipeline, 'variables' | 'isAssignment'> {
    const sign = this.#tokens.findIndex(({ text }) => text === ':=' || text === '=')
    if (sign < 0 || this.#at > 0) return { variables: [], isAssignment: false }
    const variables = this.#tokens.slice(0, sign).filter(({ type }) => type === 'variable')
    this.#at = sign + 1
    return {
      variables: variables.map(({ text }) => text),
      isAssignment: this.#tokens[sign]!.text === '=',
    }
  }

  #command(): Command {
    const operands: Operand[] = []
    for (;;) {
      const operand = this.#operand()
      if (!operand) break
      operands.push(operand)
    }
    if (operands.length === 0) throw this.#unexpected()
    return operands
  }

  #operand(): Operand | undefined {
    const token = this.#tokens[this.#at]
    if (!token || token.text === '|' || token.text === ')') return undefined
    this.#at += 1
    switch (token.type) {
      case 'string':
        return { type: 'literal', value: unquoted(token.text) }
      case 'number':
        return { type: 'literal', value: Number(token.text) }
      case 'variable':
        return { type: 'variable', name: token.text, path: this.#path() }
      case 'field':
        return { type: 'dot', path: [token.text.slice(1), ...this.#path()] }
      case 'word':
        return this.#word(token.text)
      default:
        return this.#symbol(token)
    }
  }

  #symbol({ text }: Token): Operand {
    if (text === '.') return { type: 'dot', path: [] }
    if (text !== '(') throw this.#unexpected(-1)
    const inner = this.#inParentheses()
    return { type: 'pipeline', pipeline: inner, path: this.#path() }
  }

  #inParentheses(): Pipeline {
    const commands: Command[] = [this.#command()]
    while (this.#takes('|')) commands.push(this.#command())
    if (!this.#takes(')')) throw this.#unexpected()
    return { variables: [], isAssignment: false, commands }
  }

  #word(name: string): Operand {
    if (name === 'true' || name === 'false') return { type: 'literal', value: name === 'true' }
    if (name === 'nil') return { type: 'literal', value: null }
    if (!isFunction(name)) throw new ParseError(`function ${JSON.stringify(name)} not defined`)
    return { type: 'function', name }
  }

  #path(): readonly string[] {
    const path: string[] = []
    for (;;) {
      const token = this.#tokens[this.#at]
      if (token?.type !== 'field' || !token.isJoined) return path
      path.push(token.text.slice(1))
      this.#at += 1
    }
  }

  #takes(symbol: string): boolean {
    if (this.#tokens[this.#at]?.text !== symbol) return false
    this.#at += 1
    return true
  }

  #unexpected(offset = 0): ParseError {
    const token = this.#tokens[this.#at + offset]
    const what = token ? JSON.stringify(token.text) : 'end'
    return new ParseError(`unexpected ${what} in ${this.#source}`)
  }
}
