import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { equal } from '../equality.ts'
import { compare } from './compare.ts'
import { isEmptySet, setOf } from './field-set.ts'
import { merge } from './merge.ts'
import { reconcile } from './reconcile.ts'
import { removeItems } from './remove-items.ts'
import { toFieldSet } from './to-field-set.ts'
import { ANY, type FieldSchema, type MapSchema, type TypeSchema } from './type-schema.ts'

const STRING: TypeSchema = { kind: 'scalar', scalar: 'string' }

function fields(types: Record<string, TypeSchema>): ReadonlyMap<string, FieldSchema> {
  return new Map(Object.entries(types).map(([name, type]) => [name, { type: () => type }]))
}

const ANY_LIST: TypeSchema = { kind: 'list', relation: 'atomic', keys: [], element: () => ANY }
const ITEM: TypeSchema = { kind: 'map', atomic: false, fields: fields({ name: STRING, v: STRING }) }
const OBJECT: MapSchema = {
  kind: 'map',
  atomic: false,
  fields: fields({
    leaf: STRING,
    labels: { kind: 'map', atomic: false, fields: new Map(), element: () => STRING },
    items: { kind: 'list', relation: 'map', keys: ['name'], element: () => ITEM },
    set: { kind: 'list', relation: 'set', keys: [], element: () => STRING },
    whole: { kind: 'list', relation: 'atomic', keys: [], element: () => STRING },
    any: ANY,
  }),
}

const text = fc.constantFrom('a', 'b', 'c')
const objects = (anything: fc.Arbitrary<unknown>) =>
  fc.record(
    {
      leaf: text,
      labels: fc.dictionary(text, text, { noNullPrototype: true }),
      items: fc.uniqueArray(fc.record({ name: text, v: text }, { noNullPrototype: true }), {
        selector: ({ name }) => name,
      }),
      set: fc.uniqueArray(text),
      whole: fc.array(text, { maxLength: 3 }),
      any: fc.dictionary(text, anything, { noNullPrototype: true }),
    },
    { requiredKeys: [], noNullPrototype: true },
  )

const object = objects(fc.oneof(text, fc.dictionary(text, text, { noNullPrototype: true })))

test('compare() the other way round swaps added and removed', () => {
  fc.assert(
    fc.property(object, object, (a, b) => {
      const there = compare(OBJECT, a, b)
      const back = compare(OBJECT, b, a)
      assert.deepEqual(there.added, back.removed)
      assert.deepEqual(there.removed, back.added)
    }),
  )
})

test('compare() finds nothing exactly where only the order of items differs', () => {
  const sortedItems = ({ items, set, ...rest }: Record<string, unknown>): unknown => ({
    ...rest,
    ...(items !== undefined && { items: sorted(items) }),
    ...(set !== undefined && { set: sorted(set) }),
  })
  fc.assert(
    fc.property(object, object, (a, b) => {
      const { added, removed, modified } = compare(OBJECT, a, b)
      const isSame = [added, removed, modified].every(isEmptySet)
      assert.equal(isSame, equal(sortedItems(a), sortedItems(b)))
    }),
  )
})

function sorted(list: unknown): unknown[] {
  return (list as unknown[]).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

test('merge() keeps all that is live, and all values that are applied', () => {
  // What turns from an object into a text loses what was in it.
  const steady = objects(text)
  fc.assert(
    fc.property(steady, steady, (live, applied) => {
      const merged = merge(OBJECT, live, applied)
      const toApplied = compare(OBJECT, merged, applied)
      assert.ok(isEmptySet(toApplied.added))
      assert.ok(isEmptySet(toApplied.modified))
      assert.ok(isEmptySet(compare(OBJECT, live, merged).removed))
      assert.ok(equal(merge(OBJECT, merged, applied), merged))
    }),
  )
})

test('merge() gives back the live object where nothing changes', () => {
  const live = { leaf: 'a', items: [{ name: 'a', v: 'b' }, { name: 'b' }], set: ['a', 'b'] }
  assert.equal(merge(OBJECT, live, { leaf: 'a', items: [{ name: 'a', v: 'b' }], set: ['a'] }), live)
})

test('merge() orders lists as they are applied, live neighbours kept together', () => {
  const cases: [string, string, string][] = [
    ['abc', 'ca', 'bca'],
    ['abc', 'cxa', 'bcxa'],
    ['abc', 'b', 'abc'],
    ['abc', 'xb', 'axbc'],
    ['', 'ab', 'ab'],
    ['abcd', 'da', 'bcda'],
  ]
  for (const [live, applied, expected] of cases) {
    const merged = merge(OBJECT, { set: Array.from(live) }, { set: Array.from(applied) })
    assert.equal((merged as { set: string[] }).set.join(''), expected, `${live} and ${applied}`)
  }
})

test('removeItems() of all that an object says leaves nothing', () => {
  fc.assert(
    fc.property(object, (value) => {
      const rest = removeItems(OBJECT, value, toFieldSet(OBJECT, value)) ?? {}
      const left = Object.values(rest).filter((each) => each !== null)
      assert.ok(left.every((each) => Array.isArray(each) && each.length === 0))
    }),
  )
})

test('removeItems() removes the items it is told, and no more', () => {
  const value = { labels: { a: '1', b: '2' }, items: [{ name: 'a' }, { name: 'b', v: 'x' }] }
  const gone = setOf(
    ['f:labels', 'f:a'],
    ['f:items', 'k:{"name":"a"}'],
    ['f:items', 'k:{"name":"b"}', 'f:v'],
  )
  assert.deepEqual(removeItems(OBJECT, value, gone), {
    labels: { b: '2' },
    items: [{ name: 'b' }],
  })
})

test('reconcile() makes one of what has become atomic', () => {
  const parts = setOf(['f:items', 'k:{"name":"a"}', 'f:v'], ['f:labels', 'f:a'], ['f:leaf'])
  assert.equal(reconcile(OBJECT, parts), parts)
  const atomic: TypeSchema = {
    ...OBJECT,
    fields: fields({ items: ANY_LIST, labels: { ...OBJECT, atomic: true }, leaf: STRING }),
  }
  assert.deepEqual(reconcile(atomic, parts), setOf(['f:items'], ['f:labels'], ['f:leaf']))
})
