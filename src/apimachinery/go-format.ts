import { encodeJson } from '../schema/json.ts'

/** A text in quotes as Go's `%q` writes it: Kubernetes' messages quote names this way. */
export function quote(text: string): string {
  // Control characters alone differ between JSON's quotes and Go's.
  return JSON.stringify(text).replaceAll(/\\u00([0-7][0-9a-f])|\u007f/g, (_, hex?: string) =>
    hex === undefined ? '\\x7f' : (NAMED[hex] ?? `\\x${hex}`),
  )
}

const NAMED: Readonly<Record<string, string>> = { '07': '\\a', '0b': '\\v' }

/** Several messages as one, as Go's `errors.Aggregate` words them: alone as it is, else `[a, b]`, each only once. */
export function aggregate(messages: readonly string[]): string {
  const different = [...new Set(messages)]
  return different.length === 1 ? different[0]! : `[${different.join(', ')}]`
}

/** A list of texts as Go's `%v` writes it: `[a b]`. */
export function formatList(texts: readonly string[]): string {
  return `[${texts.join(' ')}]`
}

/** A JSON value as Go's `%v` writes it: `map[a:1 b:[x y]]`, keys sorted. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (Array.isArray(value)) return formatList(value.map(formatValue))
  if (typeof value === 'object') {
    const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
    return `map[${entries.map(([key, each]) => `${key}:${formatValue(each)}`).join(' ')}]`
  }
  return typeof value === 'string' ? value : encodeJson(value)
}
