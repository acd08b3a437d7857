import {
  Document,
  isScalar,
  LineCounter,
  parseAllDocuments,
  Scalar,
  visit,
  YAMLParseError,
  type ParsedNode,
} from 'yaml'
import { ParseError } from './parse-error.ts'
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

/** Reads the first document of a YAML text. Throws `ParseError`, such as `yaml: line 3: …`. */
export function parseYaml(text: string): YamlDocument {
  return parseYamlDocuments(text)[0] ?? { value: null, line: 1, duplicates: [] }
}

/** Reads all documents of a YAML text; empty ones are left out. Throws `ParseError`. */
export function parseYamlDocuments(text: string): readonly YamlDocument[] {
  const lines = new LineCounter()
  const documents = compose(text, lines)
  return documents.flatMap(({ contents, errors }) => {
    const [error] = errors
    if (error) throw wordError(error, lines)
    if (!contents || isEmpty(contents)) return []
    const line = lines.linePos(contents.range[0]).line
    return [{ ...toJson(contents, lines), line }]
  })
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

function compose(text: string, lineCounter: LineCounter): Document.Parsed[] {
  // Nothing is resolved by the parser: it would lose big integers and knows other rules than Kubernetes.
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    version: '1.1',
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    lineCounter,
  })
  return 'empty' in documents ? [] : documents
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
