import { duplicate, invalid, type FieldError } from '../../../schema/field-error.ts'
import { encodeJson } from '../../../schema/json.ts'
import { isObject, itemsOf, valuesOf, type Json, type Schema } from './schema.ts'

/** Finds items of lists of type `set` and `map` that are there more than once. */
export type ListItemsCheck = (value: unknown, path: string) => readonly FieldError[]

const NONE: readonly FieldError[] = []

/** Undefined where no list below the schema is of such a type. */
export function compileListItems(schema: Schema): ListItemsCheck | undefined {
  const items = itemsOf(schema)
  const item = items && compileListItems(items)
  const values = valuesOf(schema)
  const value = values && compileListItems(values)
  const fields = new Map<string, ListItemsCheck>()
  for (const [name, each] of Object.entries(schema.properties ?? {})) {
    const check = compileListItems(each)
    if (check) fields.set(name, check)
  }
  const own = ownCheck(schema)
  if (!item && !value && fields.size === 0 && !own) return undefined
  return (whole, path) => {
    if (Array.isArray(whole)) {
      const found = own?.(whole, path) ?? NONE
      if (!item) return found
      return [...found, ...whole.flatMap((each, i) => item(each, `${path}[${i}]`))]
    }
    if (!isObject(whole) || (fields.size === 0 && !value)) return NONE
    return fieldsOf(whole, path, fields, value)
  }
}

function fieldsOf(
  object: Json,
  path: string,
  fields: ReadonlyMap<string, ListItemsCheck>,
  others: ListItemsCheck | undefined,
): readonly FieldError[] {
  const found: FieldError[] = []
  for (const name in object) {
    const field = fields.get(name)
    if (field) found.push(...field(object[name], path === '' ? name : `${path}.${name}`))
    else if (others) found.push(...others(object[name], `${path}[${name}]`))
  }
  return found
}

type Own = (list: readonly unknown[], path: string) => readonly FieldError[]

function ownCheck(schema: Schema): Own | undefined {
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return (list, path) => repeated(list, (item) => item, path)
    case 'map':
      return (list, path) => {
        const odd = list.findIndex((item) => item !== null && !isObject(item))
        if (odd >= 0) {
          const text = 'must be an object for an array of list-type map'
          return [invalid(`${path}[${odd}]`, list[odd], text)]
        }
        return repeated(list, (item) => keysOf(item, keys), path)
      }
    default:
      return undefined
  }
}

function keysOf(item: unknown, keys: readonly string[]): Json {
  if (!isObject(item)) return {}
  return Object.fromEntries(
    keys.filter((name) => Object.hasOwn(item, name)).map((name) => [name, item[name]]),
  )
}

/** Each value that is there again is told of once. */
function repeated(
  list: readonly unknown[],
  identity: (item: unknown) => unknown,
  path: string,
): readonly FieldError[] {
  if (list.length <= 1) return NONE
  const times = new Map<string, number>()
  const found: FieldError[] = []
  for (const [i, item] of list.entries()) {
    const what = identity(item)
    const key = canonical(what)
    const seen = times.get(key) ?? 0
    times.set(key, seen + 1)
    if (seen === 1) found.push(duplicate(`${path}[${i}]`, what))
  }
  return found
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isObject(value)) return encodeJson(value)
  const entries = Object.keys(value)
    .toSorted()
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)
  return `{${entries.join(',')}}`
}
