import { isJsonObject, ownValue } from '../../../apimachinery/patch/json-object.ts'

/** One field that differs: where, and what it was and is; undefined where it is not there. */
export interface FieldChange {
  readonly path: string
  readonly before: unknown
  readonly after: unknown
}

/** Where two JSON values differ. Items of lists are told by their name, type, uid or key where all have one. */
export function fieldChanges(before: unknown, after: unknown, path = ''): readonly FieldChange[] {
  if (Object.is(before, after)) return []
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(before, after, path)
  if (!isJsonObject(before) || !isJsonObject(after)) return [{ path, before, after }]
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.flatMap((name) =>
    fieldChanges(ownValue(before, name), ownValue(after, name), joined(path, name)),
  )
}

const ITEM_KEYS = ['name', 'type', 'uid', 'key', 'ip', 'containerPort', 'port']

function listChanges(
  before: readonly unknown[],
  after: readonly unknown[],
  path: string,
): readonly FieldChange[] {
  const key = ITEM_KEYS.find((each) => tells(before, each) && tells(after, each))
  const named = (items: readonly unknown[]): ReadonlyMap<string, unknown> =>
    new Map(
      items.map((item, i) => [
        key === undefined ? `[${i}]` : `[${key}=${String((item as Item)[key])}]`,
        item,
      ]),
    )
  const [old, now] = [named(before), named(after)]
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((name) =>
    fieldChanges(old.get(name), now.get(name), `${path}${name}`),
  )
}

type Item = Readonly<Record<string, string | number>>

/** Whether each item has a value of its own there. */
function tells(items: readonly unknown[], key: string): boolean {
  const values = items.map((item) => (isJsonObject(item) ? ownValue(item, key) : undefined))
  return (
    values.every((value) => typeof value === 'string' || typeof value === 'number') &&
    new Set(values).size === values.length
  )
}

function joined(path: string, name: string): string {
  if (!/^[\w-]+$/.test(name)) return `${path}[${JSON.stringify(name)}]`
  return path === '' ? name : `${path}.${name}`
}
