import { RE2JS, RE2JSException } from 're2js'
import { recent } from '../../base/recent.ts'
import type { Overload } from '../check/overload.ts'
import { fn, method } from '../check/overload.ts'
import { ArrayList, CelError } from '../values/value.ts'

/** Longer patterns are compiled at each use, which is charged for; compiling takes far longer than matching. */
export const PATTERN_MAX = 10 * 1024

/** RE2's syntax, matched in linear time. An `Error` tells in Go's words why a pattern is none. */
export function compileRegex(pattern: string): RE2JS | CelError {
  try {
    return RE2JS.compile(pattern)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    return new CelError(error.message)
  }
}

/** One for all expressions of the process: hardly more patterns than this are in use at once. */
const compiled = recent(compileRegex, { count: 256, lengthMax: PATTERN_MAX })

function matches(text: string, pattern: string): boolean | CelError {
  const regex = compiled(pattern)
  return regex instanceof CelError ? regex : regex.test(text)
}

function find(text: string, pattern: string): string | CelError {
  const regex = compiled(pattern)
  if (regex instanceof CelError) return regex
  const matcher = regex.matcher(text)
  return matcher.find() ? (matcher.group() ?? '') : ''
}

function findAll(text: string, pattern: string, limit = -1n): ArrayList | CelError {
  const regex = compiled(pattern)
  if (regex instanceof CelError) return regex
  const found: string[] = []
  const matcher = regex.matcher(text)
  while ((limit < 0n || found.length < limit) && matcher.find()) found.push(matcher.group() ?? '')
  return new ArrayList(found)
}

/** `matches()`, and Kubernetes' `find()` and `findAll()`. */
export const REGEX: readonly Overload[] = [
  fn('matches', 'matches', 'string, string -> bool', matches),
  method('matches', 'matches_string', 'string, string -> bool', matches),
  method('find', 'string_find_string', 'string, string -> string', find),
  method('findAll', 'string_find_all_string', 'string, string -> list(string)', findAll),
  method('findAll', 'string_find_all_string_int', 'string, string, int -> list(string)', findAll),
]
