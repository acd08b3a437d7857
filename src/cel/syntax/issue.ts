/** Something wrong with an expression, and where. */
export interface Issue {
  /** Offset in the text, in UTF-16 units; -1 where the whole expression is meant. */
  readonly offset: number
  readonly message: string
}

/** Thrown inside the parser and caught by `parse()`. */
export class SyntaxIssue extends Error {
  readonly offset: number

  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

const ISSUES_MAX = 100

/**
 * Issues as cel-go shows them:
 *
 *     ERROR: <input>:1:5: undeclared reference to 'x' (in container '')
 *      | 1 + x
 *      | ....^
 */
export function formatIssues(source: string, issues: readonly Issue[]): string {
  const lines = issues.slice(0, ISSUES_MAX).map((issue) => formatIssue(source, issue))
  const more = issues.length - ISSUES_MAX
  if (more > 0) lines.push(`${more} more errors were truncated`)
  return lines.join('\n')
}

/** Line and column of an offset; lines count from 1 and columns from 0, in code points. */
export function locate(
  source: string,
  offset: number,
): { line: number; column: number; text: string } {
  if (offset < 0) return { line: -1, column: -1, text: '' }
  const start = source.lastIndexOf('\n', offset - 1) + 1
  const end = source.indexOf('\n', offset)
  let line = 1
  for (let i = source.indexOf('\n'); i >= 0 && i < start; i = source.indexOf('\n', i + 1)) line++
  const column = Array.from(source.slice(start, offset)).length
  return { line, column, text: source.slice(start, end < 0 ? source.length : end) }
}

function formatIssue(source: string, { offset, message }: Issue): string {
  const { line, column, text } = locate(source, offset)
  const head = `ERROR: <input>:${line}:${column + 1}: ${message}`
  if (line < 0) return head
  const shown = text.replaceAll('\t', ' ')
  const characters = [...shown]
  const dots = characters.slice(0, column).map((each) => (isWide(each) ? '．' : '.'))
  const caret = isWide(characters[column] ?? '') ? '＾' : '^'
  return `${head}\n | ${shown}\n | ${dots.join('')}${caret}`
}

function isWide(character: string): boolean {
  return (character.codePointAt(0) ?? 0) > 0x7f
}
