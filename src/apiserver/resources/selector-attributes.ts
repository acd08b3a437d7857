import { escapeFieldValue } from '../../apimachinery/fields.ts'

/** A selector as an access review has it. */
interface SelectorAttributes {
  readonly rawSelector?: string
  readonly requirements?: readonly {
    readonly key: string
    readonly operator: string
    readonly values?: readonly string[]
  }[]
}

/** A field selector as a query string has it. What it cannot say, such as one of several values, is left out. */
export function fieldSelectorText({ rawSelector, requirements = [] }: SelectorAttributes): string {
  if (rawSelector) return rawSelector
  return requirements
    .flatMap(({ key, operator, values: [value, ...more] = [] }) => {
      const sign = SIGNS.get(operator)
      if (sign === undefined || value === undefined || more.length > 0) return []
      return [`${key}${sign}${escapeFieldValue(value)}`]
    })
    .join(',')
}

const SIGNS: ReadonlyMap<string, string> = new Map([
  ['In', '='],
  ['NotIn', '!='],
])

/** A label selector as a query string has it, which is how requests carry it. */
export function labelSelectorText({ rawSelector, requirements = [] }: SelectorAttributes): string {
  if (rawSelector) return rawSelector
  return requirements
    .map(({ key, operator, values = [] }) => {
      const list = values.join(',')
      if (operator === 'Exists') return key
      if (operator === 'DoesNotExist') return `!${key}`
      return operator === 'NotIn' ? `${key} notin (${list})` : `${key} in (${list})`
    })
    .join(',')
}
