import { recent } from '../../base/recent.ts'
import { encodeJson } from '../../schema/json.ts'
import { compareTexts } from '../../schema/text-order.ts'
import { quote } from '../go-format.ts'

/**
 * One step of a field's path, in the form that FieldsV1 writes it: `f:NAME` a field or map key, `k:{"name":"a"}` the
 * item of a list by its keys, `v:VALUE` an item of a set, `i:INDEX` an item of a list.
 * See https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export type PathElement = string

export function fieldElement(name: string): PathElement {
  return `f:${name}`
}

/** The item of a list with these keys, which must be sorted by name. */
export function keyElement(keys: Readonly<Record<string, unknown>>): PathElement {
  return `k:${encodeJson(keys)}`
}

export function valueElement(value: unknown): PathElement {
  return `v:${encodeJson(value)}`
}

/** Whether a text is an element, whoever wrote it. */
export function isElement(text: string): boolean {
  if (text === '.' || text.startsWith('f:')) return true
  if (text.startsWith('i:')) return /^i:-?\d+$/.test(text)
  if (text.startsWith('k:')) return text.startsWith('k:{') && isJson(text.slice(2))
  return text.startsWith('v:') && isJson(text.slice(2))
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** An element as messages show it: `.name`, `[name="a"]`, `[="a"]` or `[0]`. */
export function formatElement(element: PathElement): string {
  const content = element.slice(2)
  switch (element[0]) {
    case 'f':
      return `.${content}`
    case 'k': {
      const keys = Object.entries(JSON.parse(content) as Record<string, unknown>)
      return `[${keys.map(([name, value]) => `${name}=${formatScalar(value)}`).join(',')}]`
    }
    case 'v':
      return `[=${formatScalar(JSON.parse(content))}]`
    default:
      return `[${content}]`
  }
}

/** A path as messages show it: `.spec.containers[name="a"].image`. */
export function formatPath(path: readonly PathElement[]): string {
  return path.map(formatElement).join('')
}

function formatScalar(value: unknown): string {
  return typeof value === 'string' ? quote(value) : JSON.stringify(value)
}

/** Orders elements as FieldsV1 does: fields, keys, values, indexes; numbers by size, the rest by letters. */
export function compareElements(a: PathElement, b: PathElement): number {
  if (a === b) return 0
  const [left, right] = [a.charCodeAt(0), b.charCodeAt(0)]
  if (left === right) return left === FIELD ? compareTexts(a, b) : compareContents(a, b)
  return KINDS.indexOf(a[0]!) - KINDS.indexOf(b[0]!)
}

const KINDS = '.fkvi'
const FIELD = 'f'.charCodeAt(0)

function compareContents(a: PathElement, b: PathElement): number {
  const [left, right] = [contents(a), contents(b)]
  for (let i = 0; i < left.length && i < right.length; i++) {
    const order = compareScalars(left[i], right[i])
    if (order !== 0) return order
  }
  return left.length - right.length || (a < b ? -1 : 1)
}

/** What an element is ordered by: names and values in turn. Objects of one kind mostly have the same elements. */
const contents = recent((element): readonly unknown[] => {
  const value: unknown = JSON.parse(element.slice(2))
  return typeof value === 'object' && value !== null ? Object.entries(value).flat() : [value]
})

function compareScalars(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  // Numbers go before texts, and these before booleans.
  if (typeof a !== typeof b) return TYPES.indexOf(typeof a) - TYPES.indexOf(typeof b)
  return compareTexts(String(a), String(b))
}

const TYPES = ['number', 'string', 'boolean']
