import { ContainerConfigError } from './config-error.ts'

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/

/**
 * Reads an env file (KEP-3721): a variable a line, `NAME=VALUE` or `NAME='VALUE'`; empty lines and those that begin
 * with `#` do not count, and what comes later wins. Throws a `ContainerConfigError` for a line that is neither.
 */
export function parseEnvFile(text: string): ReadonlyMap<string, string> {
  const variables = new Map<string, string>()
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const equals = line.indexOf('=')
    const name = line.slice(0, equals).trim()
    if (equals < 0 || !NAME.test(name))
      throw new ContainerConfigError(`couldn't parse env file: line ${i + 1} is no variable`)
    variables.set(name, unquoted(line.slice(equals + 1).trim()))
  }
  return variables
}

function unquoted(text: string): string {
  const [, quote, inner] = /^(['"])(.*)\1$/.exec(text) ?? []
  return quote === undefined ? text : inner!
}
