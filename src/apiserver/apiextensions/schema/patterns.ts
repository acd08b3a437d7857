import { RE2JS } from 're2js'

/** Tests texts against one regular expression, in time linear in the text. */
export type PatternTest = (text: string) => boolean

/** Compiles a regular expression of Go's syntax (RE2). Throws an Error in Go's words where it is none. */
export function compilePattern(pattern: string): PatternTest {
  const compiled = RE2JS.compile(pattern)
  return (text) => compiled.matcher(text).find()
}
