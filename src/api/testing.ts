import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  dns1035LabelProblems,
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  labelValueProblems,
  qualifiedNameProblems,
} from '../apimachinery/names.ts'
import { decode } from '../schema/decode.ts'
import { withDefaults } from '../schema/defaults.ts'
import { formatFieldError, type FieldError } from '../schema/field-error.ts'
import type { FieldInfo } from '../schema/field.ts'
import type { MessageClass } from '../schema/message.ts'
import { apiVersionOf, type ResourceClass } from '../schema/resource.ts'
import { strategyFor } from './strategies.ts'
import type { StrategyContext, UpdateStrategy } from './strategy.ts'

/** Texts that some rule or other looks at, right and wrong. */
const TEXTS = [
  '', 'a', 'app', 'A_b', 'web-1', '..', '../x', '/data', 'x/y/z', 'example.com/x', '10.0.0.1', '::1', '10.0.0.0/8',
  'None', 'Always', 'Never', 'OnFailure', 'In', 'Exists', 'Localhost', 'metadata.name', "metadata.labels['a']",
  'limits.cpu', 'windows', 'linux', 'ClusterIP', 'LoadBalancer', 'TCP', 'cpu', 'memory', 'storage', '*', '25%',
  'kubernetes.io/x', 'RollingUpdate', 'Indexed', 'Resource', 'Utilization', 'iqn.2001-04.com.example:x', '* * * * *',
] // prettier-ignore

const KEYS = [...TEXTS.slice(1), '__proto__']

const scalars: Partial<Record<FieldInfo['type'], fc.Arbitrary<unknown>>> = {
  string: fc.oneof(fc.constantFrom(...TEXTS), fc.string({ maxLength: 6 })),
  bool: fc.boolean(),
  int32: fc.oneof(fc.integer({ min: -2, max: 101 }), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1)),
  int64: fc.integer({ min: -2, max: 4000 }),
  uint32: fc.nat(70_000),
  uint64: fc.nat(),
  float: fc.integer(),
  double: fc.integer(),
  byte: fc.nat(255),
  bytes: fc.constantFrom('', 'YQ==', 'e30='),
  quantity: fc.constantFrom('0', '1', '500m', '100u', '-1', '1Gi', '1073741824'),
  intOrString: fc.oneof(fc.integer({ min: -1, max: 70_000 }), fc.constantFrom('25%', 'http', '')),
  time: fc.constant('2026-01-02T03:04:05Z'),
  microTime: fc.constant('2026-01-02T03:04:05.000006Z'),
  duration: fc.constant('1m0s'),
  stringList: fc.array(fc.string({ maxLength: 3 }), { maxLength: 2 }),
}

const ANYTHING = fc.constantFrom<unknown>({}, { a: 1 })

/** JSON that decodes to the message: any of its fields, to some depth. */
export function arbitraryOf(message: MessageClass, depth = 6): fc.Arbitrary<unknown> {
  const fields = Object.entries(message.fields).map(
    ([name, { info }]) => [name, fieldOf(info, depth)] as const,
  )
  // Few fields at once, so that most of an object is right.
  return fc
    .subarray(fields, { maxLength: Math.min(fields.length, depth > 4 ? 6 : 4) })
    .chain((some) => fc.record(Object.fromEntries(some)))
}

function fieldOf(info: FieldInfo, depth: number): fc.Arbitrary<unknown> {
  const item = itemOf(info, depth)
  if (info.shape === 'list') return fc.array(item, { maxLength: 2 })
  if (info.shape === 'map')
    return fc.dictionary(fc.constantFrom(...KEYS), item, { maxKeys: 2, noNullPrototype: true })
  return item
}

function itemOf(info: FieldInfo, depth: number): fc.Arbitrary<unknown> {
  if (info.type === 'message') {
    return depth === 0
      ? fc.constant({})
      : fc.constant(null).chain(() => arbitraryOf(info.of!(), depth - 1))
  }
  const values = info.enum && fc.constantFrom(...info.enum)
  const scalar = scalars[info.type] ?? ANYTHING
  return values ? fc.oneof({ weight: 3, arbitrary: values }, scalar) : scalar
}

/** A whole object of a kind as it is after decoding and declared defaults. */
export function arbitraryObject<T>(type: ResourceClass<T>): fc.Arbitrary<T> {
  return arbitraryOf(type).map((json) => decoded(type, json as Record<string, unknown>))
}

/** What the registry makes of JSON before a strategy sees it: decoded, with the declared defaults, and frozen. */
export function decoded<T>(type: ResourceClass<T>, json: Readonly<Record<string, unknown>>): T {
  const { group, version, kind, namespaced } = type.resource
  const metadata = (json['metadata'] ?? {}) as Record<string, unknown>
  const whole = {
    ...json,
    apiVersion: apiVersionOf({ group, version }),
    kind,
    metadata: {
      ...metadata,
      name: metadata['name'] || 'x',
      ...(namespaced && { namespace: metadata['namespace'] || 'default' }),
      uid: metadata['uid'] || 'u',
      resourceVersion: metadata['resourceVersion'] || '1',
      creationTimestamp: metadata['creationTimestamp'] || '2026-01-01T00:00:00Z',
    },
  }
  const value = decode(type, whole, { unknownFields: [] })
  return deepFreeze(withDefaults(type, value as T))
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const each of Object.values(value)) deepFreeze(each)
  return Object.freeze(value)
}

/** Errors as people see them, for tables. */
export function texts(errors: readonly FieldError[]): string[] {
  return errors.map(formatFieldError)
}

type Json = Readonly<Record<string, unknown>>

/** A clock that stands at the epoch, no randomness, and a user. */
export const CONTEXT: StrategyContext = {
  clock: {
    now: () => 0,
    monotonic: () => 0,
    after: () => ({ [Symbol.dispose]: () => undefined }),
  },
  random: { next: () => 0, bytes: (length) => new Uint8Array(length) },
  user: { name: 'jane', groups: ['system:authenticated'] },
}

/** JSON as it is after all defaults. */
export function completed<T>(type: ResourceClass<T>, json: Json): T {
  const object = decoded(type, json)
  return strategyFor(type).applyDefaults?.(object) ?? object
}

/** What the registry makes of a create, before it is stored. */
export function created<T>(type: ResourceClass<T>, json: Json): T {
  const object = completed(type, json)
  return strategyFor(type).prepareForCreate?.(object, CONTEXT) ?? object
}

/** All that is wrong with a create. */
export function createErrors<T>(type: ResourceClass<T>, json: Json): string[] {
  return texts(strategyFor(type).validateCreate(created(type, json)))
}

/** All that is wrong with an update, of the object itself or through a subresource. */
export function updateErrors<T>(
  type: ResourceClass<T>,
  json: Json,
  oldJson: Json,
  subresource?: string,
): string[] {
  const strategy = strategyFor(type)
  const [object, old] = [completed(type, json), completed(type, oldJson)]
  const update: Partial<UpdateStrategy<T>> & Pick<UpdateStrategy<T>, 'validateUpdate'> =
    subresource === undefined
      ? strategy
      : subresource === 'status'
        ? strategy.status!
        : strategy.subresources![subresource]!
  return texts(
    update.validateUpdate(update.prepareForUpdate?.(object, old, CONTEXT) ?? object, old),
  )
}

/** A kind, what is wrong with a new object of it, the object, and all errors in upstream's words. */
type RefusedCreate = readonly [
  type: ResourceClass,
  what: string,
  json: Json,
  errors: readonly string[],
]

/** As for a new object, with the object as it was before, and through which subresource it is changed. */
type RefusedUpdate = readonly [
  type: ResourceClass,
  what: string,
  json: Json,
  old: Json,
  errors: readonly string[],
  subresource?: string,
]

/** A test for each new object. */
export function testCreates(cases: readonly RefusedCreate[]): void {
  for (const [type, what, json, errors] of cases) {
    void test(`a new ${type.resource.kind} with ${what}`, () =>
      assert.deepEqual(createErrors(type, json), errors))
  }
}

/** A test for each change. */
export function testUpdates(cases: readonly RefusedUpdate[]): void {
  for (const [type, what, json, old, errors, subresource] of cases) {
    void test(`a changed ${type.resource.kind} with ${what}`, () =>
      assert.deepEqual(updateErrors(type, json, old, subresource), errors))
  }
}

/** Rules that many errors quote. */
export const LABEL_RULE = dns1123LabelProblems('A')[0]!
export const SUBDOMAIN_RULE = dns1123SubdomainProblems('A')[0]!
export const DNS1035_RULE = dns1035LabelProblems('A')[0]!
export const NAME_RULE = qualifiedNameProblems('a b')[0]!
export const LABEL_VALUE_RULE = labelValueProblems('?')[0]!
