import { RE2JS, RE2JSException } from 're2js'
import type { Overload } from '../check/overload.ts'
import { fn, method } from '../check/overload.ts'
import { ArrayList, CelError } from '../values/value.ts'

/** How many compiled patterns a matcher keeps; an expression seldom has more than one. */
const KEPT_MAX = 32

/** RE2's syntax, matched in linear time. An `Error` tells in Go's words why a pattern is none. */
export function compileRegex(pattern: string): RE2JS | CelError {
  try {
    return RE2JS.compile(pattern)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    return new CelError(error.message)
  }
}

/** Compiles each pattern once. */
function patterns(): (pattern: string) => RE2JS | CelError {
  const known = new Map<string, RE2JS | CelError>()
  return (pattern) => {
    const found = known.get(pattern)
    if (found) return found
    if (known.size >= KEPT_MAX) known.clear()
    const compiled = compileRegex(pattern)
    known.set(pattern, compiled)
    return compiled
  }
}

/** `matches()`, and Kubernetes' `find()` and `findAll()`. */
export function regexLibrary(): Overload[] {
  const compile = patterns()
  const matches = (text: string, pattern: string): boolean | CelError => {
    const regex = compile(pattern)
    return regex instanceof CelError ? regex : regex.test(text)
  }
  const find = (text: string, pattern: string): string | CelError => {
    const regex = compile(pattern)
    if (regex instanceof CelError) return regex
    const matcher = regex.matcher(text)
    return matcher.find() ? (matcher.group() ?? '') : ''
  }
  const findAll = (text: string, pattern: string, limit = -1n): ArrayList | CelError => {
    const regex = compile(pattern)
    if (regex instanceof CelError) return regex
    const found: string[] = []
    const matcher = regex.matcher(text)
    while ((limit < 0n || found.length < limit) && matcher.find()) found.push(matcher.group() ?? '')
    return new ArrayList(found)
  }
  return [
    fn('matches', 'matches', 'string, string -> bool', matches),
    method('matches', 'matches_string', 'string, string -> bool', matches),
    method('find', 'string_find_string', 'string, string -> string', find),
    method('findAll', 'string_find_all_string', 'string, string -> list(string)', findAll),
    method('findAll', 'string_find_all_string_int', 'string, string, int -> list(string)', findAll),
  ]
}
