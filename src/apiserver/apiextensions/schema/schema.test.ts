import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as fc from 'fast-check'
import { formatFieldError } from '../../../schema/field-error.ts'
import { compileCheck } from './check.ts'
import { compileCompleter } from './complete.ts'
import { Correlation } from './correlation.ts'
import { explain } from './explain.ts'
import { formatTest } from './formats.ts'
import { compileListItems } from './list-items.ts'
import type { Schema } from './schema.ts'

/** What is wrong with a value, as it is told. */
function problems(schema: Schema, value: unknown): readonly string[] {
  return explain(schema, value).map(formatFieldError)
}

const scalars = fc.oneof(
  fc.constant<Schema>({ type: 'string', maxLength: 3, minLength: 1 }),
  fc.constant<Schema>({ type: 'string', pattern: '^a+$' }),
  fc.constant<Schema>({ type: 'string', enum: ['a', 'b'] }),
  fc.constant<Schema>({ type: 'integer', minimum: 0, maximum: 5 }),
  fc.constant<Schema>({ type: 'number', multipleOf: 0.5 }),
  fc.constant<Schema>({ type: 'boolean', nullable: true }),
  fc.constant<Schema>({ 'x-kubernetes-int-or-string': true }),
  fc.constant<Schema>({ type: 'string', oneOf: [{ enum: ['a'] }, { maxLength: 1 }] }),
  fc.constant<Schema>({ type: 'string', not: { enum: ['b'] } }),
  fc.constant<Schema>({ type: 'integer', anyOf: [{ minimum: 3 }, { maximum: 1 }] }),
)

const schemas: fc.Arbitrary<Schema> = fc.letrec<{ schema: Schema }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    scalars,
    tie('schema').map((items) => ({ type: 'array', items, maxItems: 2 })),
    fc.record({ a: tie('schema'), b: tie('schema') }).map((properties) => ({
      type: 'object',
      properties,
      required: ['a'],
    })),
    tie('schema').map((values) => ({
      type: 'object',
      additionalProperties: values,
      maxProperties: 2,
    })),
  ),
})).schema

const values = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)))
const near = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('a', 'b', 'aaa', '', 1, 3, 7, 0.5, true, null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.record({ a: tie('value'), b: tie('value') }, { requiredKeys: [] }),
  ),
})).value

suite('schemas of custom resources', () => {
  test('compileCheck() and explain() agree on what is right', () => {
    fc.assert(
      fc.property(schemas, fc.oneof(values, near), (schema, value) => {
        const isRight = compileCheck(schema)?.(value) ?? true
        assert.equal(explain(schema, value).length === 0, isRight)
      }),
      { numRuns: 1000 },
    )
  })

  test('completing twice changes nothing more, and leaves what is complete as it is', () => {
    fc.assert(
      fc.property(schemas, near, (inner, value) => {
        const complete = compileCompleter({ type: 'object', properties: { spec: inner } })
        const once = complete({ spec: value, odd: 1 }, { unknown: false })
        assert.equal(complete(once, { unknown: false }), once)
      }),
    )
  })

  test('what has not changed is not held against who changes something else', () => {
    fc.assert(
      fc.property(schemas, near, (inner, value) => {
        const schema: Schema = {
          type: 'object',
          properties: { spec: inner, n: { type: 'integer' } },
        }
        const [old, now] = [
          { spec: value, n: 1 },
          { spec: value, n: 2 },
        ]
        assert.deepEqual(explain(schema, now, { before: new Correlation(schema, now, old) }), [])
      }),
    )
  })

  test('explain() tells everything at once, in the words of kube-openapi', () => {
    const schema: Schema = {
      type: 'object',
      required: ['name'],
      properties: {
        size: { type: 'integer', minimum: 1, maximum: 5, exclusiveMaximum: true },
        ports: { type: 'array', maxItems: 1, items: { type: 'string', format: 'ipv4' } },
        mode: { type: 'string', enum: ['a', 'b'] },
        text: { type: 'string', maxLength: 3 },
        either: { type: 'string', oneOf: [{ pattern: '^a' }, { pattern: '^b' }] },
      },
    }
    const value = { size: 5, ports: ['x', '1.2.3.4'], mode: 'c', text: 'äöüß', either: 'c' }
    assert.deepEqual(problems(schema, value), [
      'size: Invalid value: 5: size in body should be less than 5',
      'ports[0]: Invalid value: "x": ports[0] in body must be of type ipv4: "x"',
      'ports: Too many: 2: must have at most 1 item',
      'mode: Unsupported value: "c": supported values: "a", "b"',
      'text: Too long: may not be more than 3 bytes',
      '<nil>: Invalid value: "": "either" must validate one and only one schema (oneOf). Found none valid',
      'either: Invalid value: "c": either in body should match \'^a\'',
      'name: Required value',
    ])
  })

  test('lengths count characters, numbers are exact, patterns take linear time', () => {
    const right = (schema: Schema, value: unknown): boolean => compileCheck(schema)!(value)
    assert.ok(right({ type: 'string', maxLength: 2 }, '👍👍'))
    assert.ok(!right({ type: 'string', minLength: 3 }, '👍👍'))
    assert.ok(right({ type: 'integer' }, 2n ** 63n - 1n))
    assert.ok(!right({ type: 'integer' }, 2n ** 63n))
    assert.ok(!right({ type: 'integer', format: 'int32' }, 2 ** 31))
    assert.ok(right({ type: 'number', multipleOf: 0.1 }, 0.3))
    assert.ok(!right({ type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(50_000)}!`))
    const many = Array.from({ length: 100_000 }, (_, i) => `value-${i}`)
    assert.ok(right({ type: 'string', enum: many }, 'value-99999'))
  })

  test('formats', () => {
    const cases: readonly (readonly [format: string, right: string, wrong: string])[] = [
      ['date-time', '2014-12-15T19:30:20.000Z', '2014-12-15'],
      ['date', '2024-02-29', '2023-02-29'],
      ['ipv4', '10.0.0.1', '10.0.0.256'],
      ['ipv6', 'fe80::1', '10.0.0.1'],
      ['cidr', '10.0.0.0/8', '10.0.0.0/33'],
      ['mac', '01:23:45:67:89:ab', '01:23:45'],
      ['uuid', 'a7b8c9d0-1234-4567-89ab-0123456789ab', 'x'],
      ['uuid4', 'a7b8c9d0-1234-4567-89ab-0123456789ab', 'a7b8c9d0-1234-1567-89ab-0123456789ab'],
      ['hostname', 'example.com', '-example'],
      ['email', 'a@example.com', 'example.com'],
      ['uri', 'https://example.com/x', 'example com'],
      ['byte', 'aGVsbG8=', '!'],
      ['duration', '1h30m', 'soon'],
      ['isbn10', '0321751043', '0321751044'],
      ['isbn13', '978-0321751041', '978-0321751042'],
      ['creditcard', '4111 1111 1111 1111', '4111 1111 1111 1112'],
      ['ssn', '123-45-6789', '12-345'],
      ['hexcolor', '#FFF', '#GGG'],
      ['rgbcolor', 'rgb(255,255,25)', 'rgb(256,0,0)'],
      ['bsonobjectid', '507f1f77bcf86cd799439011', '507f'],
      ['k8s-short-name', 'my-name', 'my.name'],
      ['k8s-long-name', 'my.name', 'My.name'],
    ]
    for (const [format, right, wrong] of cases) {
      const matches = formatTest(format)!
      assert.ok(matches(right), `${format}: ${right}`)
      assert.ok(!matches(wrong), `${format}: ${wrong}`)
    }
    assert.equal(formatTest('of-our-own'), undefined)
  })

  test('completing prunes, defaults, and drops nulls that are not allowed', () => {
    const complete = compileCompleter({
      type: 'object',
      properties: {
        a: { type: 'string', default: 'x' },
        b: { type: 'string', nullable: true, default: 'y' },
        c: { type: 'integer' },
        d: { type: 'object', default: {}, properties: { e: { type: 'integer', default: 1 } } },
        f: { 'x-kubernetes-preserve-unknown-fields': true },
      },
    })
    const value = { a: null, b: null, c: null, f: { any: [1] }, odd: 1, metadata: { name: 'n' } }
    const dropped = { unknown: false }
    assert.deepEqual(complete(value, dropped), {
      a: 'x',
      b: null,
      f: { any: [1] },
      metadata: { name: 'n' },
      d: { e: 1 },
    })
    assert.ok(dropped.unknown)
  })

  test('items of sets and maps are there once', () => {
    const check = compileListItems({
      type: 'object',
      properties: {
        set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        map: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['k'],
          items: { type: 'object', properties: { k: { type: 'string' } } },
        },
      },
    })!
    const value = { set: ['a', 'b', 'a', 'a'], map: [{ k: 'x', v: 1 }, { k: 'x' }] }
    assert.deepEqual(check(value, '').map(formatFieldError), [
      'set[2]: Duplicate value: "a"',
      'map[1]: Duplicate value: {"k":"x"}',
    ])
  })
})
