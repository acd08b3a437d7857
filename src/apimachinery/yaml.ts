import {
  Composer,
  type CST,
  Document,
  isScalar,
  Lexer,
  LineCounter,
  type ParsedNode,
  Parser,
  Scalar,
  visit,
  YAMLParseError,
} from 'yaml'
import { JSON_DEPTH_MAX } from '../schema/json-reader.ts'
import { ParseError } from './parse-error.ts'
import { requestEntityTooLarge } from './status-error.ts'
import { toJson } from './yaml-to-json.ts'
import { resolvePlain } from './yaml-scalars.ts'

/** One document of a YAML text, as the JSON value that it means. */
export interface YamlDocument {
  readonly value: unknown
  /** Where it begins, from 1. */
  readonly line: number
  /** What strict reading refuses, such as `line 4: key "a" already set in map`. */
  readonly duplicates: readonly string[]
}

// A text of this many pieces takes about a second to read, however few megabytes it has.
const PIECES_MAX = 500_000

/**
 * Reads the first document of a YAML text that a client sent. Throws `ParseError`, such as `yaml: line 3: …`, and
 * RequestEntityTooLarge for one that would take too long.
 */
export function parseYaml(text: string): YamlDocument {
  const [first] = documentsOf(text, PIECES_MAX)
  return first ?? { value: null, line: 1, duplicates: [] }
}

/** Reads all documents of a YAML text; empty ones are left out. Throws `ParseError`. */
export function parseYamlDocuments(text: string): readonly YamlDocument[] {
  return [...documentsOf(text, Infinity)]
}

function* documentsOf(text: string, piecesMax: number): Generator<YamlDocument> {
  const lines = new LineCounter()
  lines.addNewLine(0)
  // Nothing is resolved by the composer: it would lose big integers and knows other rules than Kubernetes.
  const composer = new Composer({
    schema: 'failsafe',
    version: '1.1',
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  })
  for (const { contents, errors } of composer.compose(tokensOf(text, lines, piecesMax))) {
    const [error] = errors
    if (error) throw wordError(error, lines)
    if (!contents || isEmpty(contents)) continue
    const line = lines.linePos(contents.range[0]).line
    yield { ...toJson(contents, lines), line }
  }
}

// The parser holds what it is within on a stack, with up to two entries for each step inwards.
const STACK_MAX = 2 * JSON_DEPTH_MAX + 10

function* tokensOf(text: string, lines: LineCounter, piecesMax: number): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine)
  let pieces = 0
  for (const piece of new Lexer().lex(text)) {
    if (++pieces > piecesMax) throw requestEntityTooLarge(`limit is ${piecesMax} tokens of YAML`)
    let isWrong = false
    for (const token of parser.next(piece)) {
      yield token
      isWrong ||= token.type === 'error'
    }
    // One mistake is told; looking for more could take as long as there is text.
    if (isWrong) break
    if (parser.stack.length > STACK_MAX) throw new ParseError('yaml: exceeded max depth')
  }
  yield* parser.end()
}

/** Writes a JSON value as YAML with sorted keys, as `kubectl get -o yaml` does. */
export function encodeYaml(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false, sortMapEntries: true })
  visit(document, { Scalar: (_, node) => quoteAmbiguous(node) })
  return document.toString({ indentSeq: false, lineWidth: 0 })
}

// Whatever would be read as something else than a text must be in quotes.
function quoteAmbiguous(node: Scalar): void {
  if (typeof node.value !== 'string') return
  if (node.value === '<<' || resolvePlain(node.value) !== node.value || /^\d+:/.test(node.value)) {
    node.type = Scalar.QUOTE_DOUBLE
  }
}

function isEmpty(node: ParsedNode): boolean {
  return isScalar(node) && node.source === '' && node.type === Scalar.PLAIN && !node.tag
}

function wordError(error: Error, lines: LineCounter): ParseError {
  if (!(error instanceof YAMLParseError)) throw error
  // The parser recurses, so a text may be nested too deeply for it.
  if (error.code === 'RESOURCE_EXHAUSTION') return new ParseError('yaml: exceeded max depth')
  const { line } = lines.linePos(error.pos[0])
  return new ParseError(`yaml: line ${line}: ${WORDS[error.code] ?? error.message}`)
}

// The words of go-yaml, which users search for.
const WORDS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'found character that cannot start any token',
  BLOCK_AS_IMPLICIT_KEY: 'mapping values are not allowed in this context',
  MULTILINE_IMPLICIT_KEY: "could not find expected ':'",
  BAD_INDENT: 'did not find expected key',
}
