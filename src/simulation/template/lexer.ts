import { ParseError } from '../../apimachinery/parse-error.ts'

/** A template in pieces: text as it is, and what stands between `{{` and `}}`. */
export type Piece =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'action'; readonly tokens: readonly Token[]; readonly source: string }

export interface Token {
  readonly type: 'string' | 'number' | 'variable' | 'field' | 'word' | 'symbol'
  readonly text: string
  /** Nothing stands between it and the token before. */
  readonly isJoined: boolean
}

const ACTION = /\{\{(- )?((?:"(?:[^"\\\n]|\\.)*"|`[^`]*`|[^"`])*?)( -)?\}\}/g
const TOKEN =
  /(?<string>"(?:[^"\\]|\\.)*"|`[^`]*`)|(?<number>[+-]?\d+(?:\.\d+)?)|(?<variable>\$\w*)|(?<field>\.\w+)|(?<word>[A-Za-z_]\w*)|(?<symbol>:=|[=|(),.])/y

/** Takes a Go template apart. Throws `ParseError`. */
export function pieces(source: string): readonly Piece[] {
  const result: Piece[] = []
  let end = 0
  let isTrimmed = false
  const addText = (text: string): void => {
    if (text !== '') result.push({ type: 'text', text })
  }
  for (const match of source.matchAll(ACTION)) {
    const [whole, trimsBefore, inner = '', trimsAfter] = match
    const text = source.slice(end, match.index)
    const before = isTrimmed ? text.trimStart() : text
    addText(trimsBefore ? before.trimEnd() : before)
    end = match.index + whole.length
    isTrimmed = trimsAfter !== undefined
    const code = inner.trim()
    if (!code.startsWith('/*')) result.push({ type: 'action', tokens: tokens(code), source: whole })
  }
  const rest = source.slice(end)
  if (rest.includes('{{')) throw new ParseError('unclosed action')
  addText(isTrimmed ? rest.trimStart() : rest)
  return result
}

function tokens(code: string): readonly Token[] {
  const result: Token[] = []
  let at = 0
  let isJoined = false
  while (at < code.length) {
    if (/\s/.test(code[at]!)) {
      at += 1
      isJoined = false
      continue
    }
    TOKEN.lastIndex = at
    const groups = TOKEN.exec(code)?.groups
    const [type, text] = Object.entries(groups ?? {}).find(([, each]) => each !== undefined) ?? []
    if (type === undefined || text === undefined)
      throw new ParseError(`unexpected ${JSON.stringify(code[at])} in {{ ${code} }}`)
    result.push({ type: type as Token['type'], text, isJoined })
    at += text.length
    isJoined = true
  }
  return result
}
