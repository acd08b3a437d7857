import { RE2JS, RE2JSException } from 're2js'
import { recent } from '../../base/recent.ts'
import type { Overload } from '../check/overload.ts'
import { fn, method } from '../check/overload.ts'
import { ArrayList, CelError } from '../values/value.ts'

/** What a matcher keeps of compiled patterns; an expression seldom has more than one. */
const KEPT = { count: 16, lengthMax: 4096 }

/** RE2's syntax, matched in linear time. An `Error` tells in Go's words why a pattern is none. */
export function compileRegex(pattern: string): RE2JS | CelError {
  try {
    return RE2JS.compile(pattern)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    return new CelError(error.message)
  }
}

/** `matches()`, and Kubernetes' `find()` and `findAll()`. */
export function regexLibrary(): Overload[] {
  const compile = recent(compileRegex, KEPT)
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
