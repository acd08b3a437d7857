import {
  isJsonObject,
  withKey,
  withoutKey,
  type JsonObject,
} from '../../src/apimachinery/patch/json-object.ts'
import { randomInt, type Random } from '../../src/base/random.ts'
import { pick } from './mutate.ts'

/** A JSON value with one change at a random place: structure stays, so that what reads it gets far. */
export function mutateValue(random: Random, value: unknown): unknown {
  const keys = keysOf(value)
  const goesDeeper = keys.length > 0 && random.next() < 0.8
  return goesDeeper
    ? changeWithin(random, value as object, pick(random, keys))
    : change(random, value)
}

type Key = string | number

function keysOf(value: unknown): readonly Key[] {
  if (Array.isArray(value)) return [...value.keys()]
  return isJsonObject(value) ? Object.keys(value) : []
}

function changeWithin(random: Random, container: object, key: Key): unknown {
  if (Array.isArray(container)) {
    return container.with(key as number, mutateValue(random, container[key as number]))
  }
  const object = container as JsonObject
  return withKey(object, String(key), mutateValue(random, object[key]))
}

function change(random: Random, value: unknown): unknown {
  const action = randomInt(random, 6)
  if (action === 0) return [value]
  if (action === 1) return { [pick(random, KEYS)]: value }
  if (action === 2 && Array.isArray(value))
    return [...value, ...value.slice(0, 1), pick(random, SCALARS)]
  if (isJsonObject(value) && action < 5) return changeKeys(random, value)
  return pick(random, SCALARS)
}

function changeKeys(random: Random, object: JsonObject): JsonObject {
  const keys = Object.keys(object)
  const hostile = withKey(object, pick(random, KEYS), pick(random, SCALARS))
  return keys.length > 0 && random.next() < 0.4 ? withoutKey(hostile, pick(random, keys)) : hostile
}

/** Names that mean something to JavaScript or to a patch. */
const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'length',
  'then',
  'toJSON',
  '',
  '0',
  '$patch',
  '$retainKeys',
  '$setElementOrder/containers',
  '$deleteFromPrimitiveList/finalizers',
  'name',
  'metadata',
  'labels',
  'k:{"name":"a"}',
  'f:spec',
]

const SCALARS: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  0.5,
  1e21,
  2 ** 53,
  9_223_372_036_854_775_807n,
  18_446_744_073_709_551_616n,
  '',
  '0',
  '__proto__',
  'delete',
  'replace',
  'merge',
  '1Gi',
  '-1e999',
  '2026-01-01T00:00:00Z',
  'a/b',
  'AA==',
  '\u{fffd}\0',
  'x'.repeat(300),
  [],
  {},
  [[]],
  [null],
  { '': {} },
]
