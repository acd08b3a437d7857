import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  difference,
  EMPTY_SET,
  hasMember,
  intersection,
  isEmptySet,
  membersOf,
  recursiveDifference,
  setOf,
  union,
  type FieldSet,
} from './field-set.ts'
import { compareElements, formatPath } from './path-element.ts'

type Path = readonly string[]

const element = fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:1', 'v:10', 'v:"z"')
const path = fc.array(element, { minLength: 1, maxLength: 3 })
const paths = fc.array(path, { maxLength: 8 })

/** The model: a plain set of the paths' texts. */
function texts(list: Iterable<Path>): Set<string> {
  return new Set([...list].map((each) => each.join(' ')))
}

function check(set: FieldSet, expected: ReadonlySet<string>): void {
  assert.deepEqual(texts(membersOf(set)), new Set(expected))
  assert.equal(isEmptySet(set), expected.size === 0)
  // Written as FieldsV1 it is the same as made from its members, so the form is canonical.
  assert.equal(JSON.stringify(set), JSON.stringify(setOf(...membersOf(set))))
}

test('the operations agree with those of plain sets', () => {
  fc.assert(
    fc.property(paths, paths, (left, right) => {
      const [a, b] = [setOf(...left), setOf(...right)]
      const [x, y] = [texts(left), texts(right)]
      check(a, x)
      check(union(a, b), x.union(y))
      check(difference(a, b), x.difference(y))
      check(intersection(a, b), x.intersection(y))
      check(
        recursiveDifference(a, b),
        new Set([...x].filter((each) => ![...y].some((gone) => `${each} `.startsWith(`${gone} `)))),
      )
      for (const each of right) assert.equal(hasMember(a, each), x.has(each.join(' ')))
    }),
    { numRuns: 500 },
  )
})

test('the operations give back an argument where nothing changes', () => {
  const a = setOf(['f:a', 'f:b'], ['f:c'])
  assert.equal(union(a, setOf(['f:c'])), a)
  assert.equal(difference(a, setOf(['f:x'], ['f:a'])), a)
  assert.equal(recursiveDifference(a, setOf(['f:a', 'f:x'])), a)
  assert.equal(union(EMPTY_SET, a), a)
})

test('sets are written as FieldsV1', () => {
  const set = setOf(
    ['f:spec', 'f:ports', 'k:{"port":443}'],
    ['f:spec', 'f:ports', 'k:{"port":80}', 'f:port'],
    ['f:spec', 'f:ports', 'k:{"port":80}'],
    ['f:metadata', 'f:finalizers', 'v:"x"'],
  )
  assert.equal(
    JSON.stringify(set),
    '{"f:metadata":{"f:finalizers":{"v:\\"x\\"":{}}},"f:spec":{"f:ports":{"k:{\\"port\\":80}":{".":{},"f:port":{}},"k:{\\"port\\":443}":{}}}}',
  )
})

test('compareElements() puts fields before keys before values, numbers by size', () => {
  const sorted = ['f:a', 'f:b', 'k:{"p":80}', 'k:{"p":443}', 'v:2', 'v:10', 'v:"1"', 'i:0']
  assert.deepEqual(sorted.toReversed().toSorted(compareElements), sorted)
})

test('formatPath() words paths as conflicts show them', () => {
  assert.equal(
    formatPath([
      'f:spec',
      'f:ports',
      'k:{"port":80,"protocol":"TCP"}',
      'f:x',
      'v:"a"',
      'v:1',
      'i:3',
    ]),
    '.spec.ports[port=80,protocol="TCP"].x[="a"][=1][3]',
  )
})
