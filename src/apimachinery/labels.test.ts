import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseSelector } from './label-selector-parser.ts'
import { validateLabels, validateLabelSelector } from './label-validation.ts'
import {
  EVERYTHING,
  exactValue,
  formatSelector,
  matches,
  NOTHING,
  selectorFrom,
  selectorFromLabels,
} from './labels.ts'
import { formatFieldError } from '../schema/field-error.ts'

test('parseSelector() reads every operator and orders by key', () => {
  const text = 'x=a,y!=b,z in (c, d),w notin (,e),v,!u,t==f,s>1,r<2'
  assert.equal(
    formatSelector(parseSelector(text)),
    'r<2,s>1,t==f,!u,v,w notin (,e),x=a,y!=b,z in (c,d)',
  )
})

test('parseSelector() takes in and notin as names where they stand as such', () => {
  const { requirements } = parseSelector('in in (in,notin),notin=in')
  assert.deepEqual(requirements, [
    { key: 'in', operator: 'in', values: ['in', 'notin'] },
    { key: 'notin', operator: '=', values: ['in'] },
  ])
})

test('parseSelector() of nothing selects everything', () => {
  assert.deepEqual(parseSelector(''), EVERYTHING)
  assert.deepEqual(parseSelector('  '), EVERYTHING)
})

test("parseSelector() fails in Kubernetes' words", () => {
  const cases = {
    'a,': "found '', expected: identifier after ','",
    ',a': "found ',', expected: !, identifier, or 'end of string'",
    'a b': "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
    'a in b': "unable to parse requirement: found 'b' expected: '('",
    'a in (b': "unable to parse requirement: found '', expected: ',' or ')'",
    'a=b c': "found 'c', expected: ',' or 'end of string'",
    '-a': `unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    'a=b@': `unable to parse requirement: values[0][a]: Invalid value: "b@": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
    'a>b': `unable to parse requirement: values[0]: Invalid value: "b": for 'Gt', 'Lt' operators, the value must be an integer`,
  }
  for (const [text, message] of Object.entries(cases)) {
    assert.throws(() => parseSelector(text), { name: 'ParseError', message })
  }
})

test('matches() follows the table of operators', () => {
  const labels = { app: 'web', n: '5' }
  const cases: [string, boolean][] = [
    ['app=web', true],
    ['app==db', false],
    ['app!=db', true],
    ['gone!=db', true],
    ['app in (web,db)', true],
    ['gone notin (web)', true],
    ['app notin (web)', false],
    ['app', true],
    ['!app', false],
    ['!gone', true],
    ['n>4', true],
    ['n<5', false],
    ['app>4', false],
    ['gone=', false],
    ['constructor', false],
    ['app=web,!n', false],
  ]
  for (const [text, expected] of cases) {
    assert.equal(matches(parseSelector(text), labels), expected, text)
  }
})

test('selectorFrom() tells absent from empty', () => {
  assert.equal(selectorFrom(undefined), NOTHING)
  assert.ok(!matches(NOTHING, {}))
  assert.ok(matches(selectorFrom({}), undefined))
  const selector = selectorFrom({
    matchLabels: { b: 'c' },
    matchExpressions: [
      { key: 'a', operator: 'In', values: ['y', 'x'] },
      { key: 'd', operator: 'DoesNotExist' },
    ],
  })
  assert.equal(formatSelector(selector), 'a in (x,y),b=c,!d')
  assert.throws(() => selectorFrom({ matchExpressions: [{ key: 'a', operator: 'Like' }] }), {
    message: '"Like" is not a valid label selector operator',
  })
})

test('exactValue() gives the one value demanded', () => {
  const selector = parseSelector('a=b,c in (d),e in (f,g)')
  assert.deepEqual(
    ['a', 'c', 'e', 'x'].map((key) => exactValue(selector, key)),
    ['b', 'd', undefined, undefined],
  )
})

const name = fc.stringMatching(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,5}[A-Za-z0-9])?$/)

test('a selector survives being written and read', () => {
  const requirement = fc.oneof(
    fc.tuple(name, fc.constantFrom('=', '==', '!='), name).map((parts) => parts.join('')),
    fc
      .tuple(name, fc.constantFrom('in', 'notin'), fc.array(name, { minLength: 1 }))
      .map(([key, operator, values]) => `${key} ${operator} (${values.join(',')})`),
    fc.tuple(fc.constantFrom('', '!'), name).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(fc.array(requirement), (requirements) => {
      const selector = parseSelector(requirements.join(','))
      assert.deepEqual(parseSelector(formatSelector(selector)), selector)
    }),
  )
})

test('selectorFromLabels() matches exactly the supersets of its labels', () => {
  const labels = fc.dictionary(name, fc.constantFrom('a', 'b'), { maxKeys: 3 })
  fc.assert(
    fc.property(labels, labels, (wanted, actual) => {
      const expected = Object.entries(wanted).every(
        ([key, value]) => Object.hasOwn(actual, key) && actual[key] === value,
      )
      assert.equal(matches(selectorFromLabels(wanted), actual), expected)
    }),
  )
})

test('validateLabelSelector() gives every mistake with its place', () => {
  const errors = validateLabelSelector(
    {
      matchLabels: { a: 'x'.repeat(64) },
      matchExpressions: [
        { key: 'k', operator: 'In' },
        { key: 'k', operator: 'Exists', values: ['v'] },
        { key: 'k', operator: 'Like' },
      ],
    },
    'spec.selector',
  )
  assert.deepEqual(errors.map(formatFieldError), [
    `spec.selector.matchLabels: Invalid value: "${'x'.repeat(64)}": must be no more than 63 bytes`,
    "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    "spec.selector.matchExpressions[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
    'spec.selector.matchExpressions[2].operator: Invalid value: "Like": not a valid selector operator',
  ])
})

test('validateLabels() takes prefixed keys', () => {
  assert.deepEqual(validateLabels({ 'example.com/a': 'b', c: '' }, 'metadata.labels'), [])
  assert.equal(validateLabels({ '/a': '', 'a/b/c': '' }, 'metadata.labels').length, 2)
})
