import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { formatDuration, humanDuration, parseDuration, shortHumanDuration } from './durations.ts'
import { equal } from './equality.ts'
import { quote } from './go-format.ts'
import {
  compareVersions,
  formatGroupResource,
  gvkOf,
  parseApiVersion,
  parseGroupResource,
} from './gvk.ts'
import { parseIntOrString, scaledValue } from './int-or-string.ts'
import {
  controllerOf,
  controllerReferenceTo,
  isControlledBy,
  isOwnedBy,
  ownerReferenceTo,
} from './owner-references.ts'
import { splitSubscript, valueAt, withValueAt } from './paths.ts'

test("quote() writes Go's %q", () => {
  assert.equal(quote('a"\\\n\u0007\u0001\u007fé'), '"a\\"\\\\\\n\\a\\x01\\x7fé"')
})

test('groups, versions and kinds are written and read', () => {
  assert.equal(formatGroupResource({ group: 'apps', resource: 'deployments' }), 'deployments.apps')
  assert.deepEqual(parseGroupResource('a.b.c'), { group: 'b.c', resource: 'a' })
  assert.deepEqual(parseApiVersion('v1'), { group: '', version: 'v1' })
  assert.deepEqual(gvkOf({ apiVersion: 'apps/v1', kind: 'Deployment' }), {
    group: 'apps',
    version: 'v1',
    kind: 'Deployment',
  })
  assert.throws(() => parseApiVersion('a/b/c'), {
    message: 'unexpected GroupVersion string: a/b/c',
  })
})

test('compareVersions() puts stable before beta before alpha before the rest', () => {
  const sorted = [
    'v10',
    'v2',
    'v1',
    'v11beta2',
    'v10beta3',
    'v3beta1',
    'v12alpha1',
    'foo1',
    'foo10',
  ]
  assert.deepEqual(sorted.toReversed().toSorted(compareVersions), sorted)
})

test('scaledValue() rounds percentages as asked', () => {
  assert.equal(scaledValue(3, 10, 'up'), 3)
  assert.equal(scaledValue('25%', 10, 'up'), 3)
  assert.equal(scaledValue('25%', 10, 'down'), 2)
  assert.throws(() => scaledValue('3', 10, 'up'), {
    message: 'invalid value for IntOrString: invalid type: string is not a percentage',
  })
  assert.throws(() => scaledValue('x%', 10, 'up'), {
    message:
      'invalid value for IntOrString: invalid value "x%": strconv.Atoi: parsing "x": invalid syntax',
  })
  assert.deepEqual(['80', 'http', '99999999999'].map(parseIntOrString), [80, 'http', '99999999999'])
})

test('owner references tell the controller from other owners', () => {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'a', uid: '1' } }
  const other = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'b', uid: '2' } }
  const pod = {
    metadata: { ownerReferences: [ownerReferenceTo(other), controllerReferenceTo(owner)] },
  }
  assert.deepEqual(controllerOf(pod), {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: 'a',
    uid: '1',
    controller: true,
    blockOwnerDeletion: true,
  })
  assert.ok(isControlledBy(pod, owner) && !isControlledBy(pod, other) && isOwnedBy(pod, other))
  assert.ok(!isOwnedBy({ metadata: {} }, owner))
})

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  )
}

test('equal() agrees with the text of sorted keys', () => {
  const value = fc.jsonValue({ maxDepth: 3, noUnicodeString: true })
  fc.assert(
    fc.property(value, value, (a, b) => {
      assert.ok(equal(a, JSON.parse(JSON.stringify(a))))
      assert.equal(equal(a, b), sorted(a) === sorted(b))
    }),
  )
})

test('equal() compares bigints with numbers, and looks at own keys alone', () => {
  assert.ok(equal({ a: 5n }, { a: 5 }) && !equal(2n ** 63n, 1) && !equal(1n, '1'))
  assert.ok(!equal(JSON.parse('{"__proto__":1}'), {}) && !equal({ toString: 1 }, { a: 1 }))
})

test("durations are read and written as Go's", () => {
  const cases: [string, number, string][] = [
    ['0', 0, '0s'],
    ['1h30m', 5_400_000, '1h30m0s'],
    ['1.5s', 1500, '1.5s'],
    ['-2m', -120_000, '-2m0s'],
    ['300ms', 300, '300ms'],
    ['1500us', 1.5, '1.5ms'],
    ['20µs', 0.02, '20µs'],
    ['.5m', 30_000, '30s'],
    ['100h', 360_000_000, '100h0m0s'],
  ]
  for (const [text, ms, written] of cases) {
    assert.equal(parseDuration(text), ms, text)
    assert.equal(formatDuration(ms), written)
  }
  const wrong = {
    '': 'time: invalid duration ""',
    '3': 'time: missing unit in duration "3"',
    '3q': 'time: unknown unit "q" in duration "3q"',
    abc: 'time: invalid duration "abc"',
  }
  for (const [text, message] of Object.entries(wrong)) {
    assert.throws(() => parseDuration(text), { message })
  }
})

test('humanDuration() shows two or three digits', () => {
  const [s, m, h, d] = [1000, 60_000, 3_600_000, 86_400_000]
  const cases: [number, string][] = [
    [-5 * s, '<invalid>'],
    [-1 * s, '0s'],
    [119 * s, '119s'],
    [2 * m, '2m'],
    [2 * m + 5 * s, '2m5s'],
    [100 * m, '100m'],
    [3 * h, '3h'],
    [5 * h + 7 * m, '5h7m'],
    [47 * h, '47h'],
    [2 * d, '2d'],
    [2 * d + 5 * h, '2d5h'],
    [100 * d, '100d'],
    [800 * d, '2y70d'],
    [3000 * d, '8y'],
  ]
  for (const [ms, text] of cases) assert.equal(humanDuration(ms), text)
  assert.deepEqual([90 * s, 25 * h, 400 * d].map(shortHumanDuration), ['1m', '1d', '1y'])
})

test('withValueAt() shares what does not change', () => {
  const before = { a: { b: 1 }, c: { d: 2 } }
  const after = withValueAt(before, ['a', 'b'], 3)
  assert.deepEqual(after, { a: { b: 3 }, c: { d: 2 } })
  assert.equal(after.c, before.c)
  assert.equal(withValueAt(before, ['a', 'b'], 1), before)
  assert.deepEqual(withValueAt(before, ['a', 'b'], undefined), { a: {}, c: { d: 2 } })
  assert.equal(valueAt(after, ['a', 'b']), 3)
  assert.equal(valueAt(after, ['a', 'toString']), undefined)
})

test('splitSubscript() finds the key in brackets', () => {
  assert.deepEqual(splitSubscript("metadata.labels['a.b']"), {
    path: 'metadata.labels',
    key: 'a.b',
  })
  assert.deepEqual(splitSubscript('metadata.name'), { path: 'metadata.name' })
})
