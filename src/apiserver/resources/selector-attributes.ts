/** A selector as an access review has it. */
interface SelectorAttributes {
  readonly rawSelector?: string
  readonly requirements?: readonly {
    readonly key: string
    readonly operator: string
    readonly values?: readonly string[]
  }[]
}

/** The selector as a query string has it, which is how requests carry it. */
export function selectorText({ rawSelector, requirements = [] }: SelectorAttributes): string {
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
