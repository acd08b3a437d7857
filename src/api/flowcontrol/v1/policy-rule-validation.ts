import { invalid, required, unsupported, type FieldError } from '../../../schema/field-error.ts'
import { NONE } from '../../validation/rules.ts'

const VERBS = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'proxy',
  'update',
  'watch',
]

/** Verbs of requests: known ones, or `*` alone. */
export function validateVerbs(verbs: readonly string[], path: string): FieldError[] {
  const errors = validateWildcard(verbs, path, {
    none: 'verbs must contain at least one value',
    what: 'verbs',
  })
  const areKnown = verbs.includes('*') || verbs.every((each) => VERBS.includes(each))
  return areKnown ? errors : [...errors, unsupported(path, verbs, VERBS)]
}

/** A list that may hold `*`, which then stands alone. */
export function validateWildcard(
  values: readonly string[],
  path: string,
  { none, what }: { readonly none: string; readonly what: string },
): FieldError[] {
  if (values.length === 0) return [required(path, none)]
  return values.length > 1 && values.includes('*')
    ? [invalid(path, values, `if '*' is present, must not specify other ${what}`)]
    : NONE
}

/** The path of a URL, which may end with `/*`. */
export function validateUrlPattern(text: string, path: string): FieldError[] {
  const problem = urlProblem(text)
  return problem === undefined ? NONE : [invalid(path, text, problem)]
}

function urlProblem(text: string): string | undefined {
  if (!text) return 'must not be empty'
  if (text === '/') return undefined
  if (!text.startsWith('/')) return 'must start with slash'
  if (text.includes(' ')) return 'must not contain white-space'
  if (text.includes('//')) return 'must not contain double slash'
  const stars = text.split('*').length - 1
  return stars > 1 || (stars === 1 && !text.endsWith('/*'))
    ? 'wildcard can only do suffix matching'
    : undefined
}
