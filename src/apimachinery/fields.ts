import { ParseError } from './parse-error.ts'

/** One condition on a field, such as `spec.nodeName=a`. */
export interface FieldRequirement {
  readonly field: string
  readonly operator: '=' | '!='
  readonly value: string
}

/** What fields an object must have: all requirements must hold, and none means everything. */
export interface FieldSelector {
  readonly requirements: readonly FieldRequirement[]
}

/** Whether an object is selected; `fieldOf` gives its fields, an absent one as the empty text. */
export function matchesFields(
  { requirements }: FieldSelector,
  fieldOf: (field: string) => string,
): boolean {
  return requirements.every(
    ({ field, operator, value }) => (fieldOf(field) === value) === (operator === '='),
  )
}

/** The one value that the selector demands of a field, for lookups by an index. */
export function exactFieldValue(
  { requirements }: FieldSelector,
  field: string,
): string | undefined {
  return requirements.find((each) => each.field === field && each.operator === '=')?.value
}

/** The selector as a query string has it. */
export function formatFieldSelector({ requirements }: FieldSelector): string {
  return requirements
    .map(({ field, operator, value }) => `${field}${operator}${escapeFieldValue(value)}`)
    .join(',')
}

/** Reads a field selector. Throws `ParseError` in the words of k8s.io/apimachinery/pkg/fields. */
export function parseFieldSelector(text: string): FieldSelector {
  const terms = splitTerms(text).filter((term) => term !== '')
  return { requirements: terms.toSorted().map((term) => parseTerm(text, term)) }
}

function parseTerm(selector: string, term: string): FieldRequirement {
  const match = /^([^=!]*(?:!(?!=)[^=!]*)*)(!=|==|=)([^]*)$/.exec(term)
  if (!match) {
    throw new ParseError(`invalid selector: '${selector}'; can't understand '${term}'`)
  }
  const [, field = '', operator, value = ''] = match
  return { field, operator: operator === '!=' ? '!=' : '=', value: unescapeFieldValue(value) }
}

// A comma after a backslash belongs to the value.
function splitTerms(text: string): string[] {
  return text.match(/(?:\\[^]|[^\\,]|\\$)+/g) ?? []
}

/** Guards the characters that would end a value in a field selector. */
export function escapeFieldValue(value: string): string {
  return value.replaceAll(/[\\,=]/g, (each) => `\\${each}`)
}

function unescapeFieldValue(value: string): string {
  return value.replaceAll(/\\([^]?)|[,=]/gu, (each, escaped: string | undefined) => {
    if (escaped === undefined) {
      throw new ParseError(
        `invalid field selector: unescaped character in value: ${each.codePointAt(0)}`,
      )
    }
    if (escaped !== '' && '\\,='.includes(escaped)) return escaped
    throw new ParseError(`invalid field selector: invalid escape sequence: ${each}`)
  })
}
