import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { PersistentTree, prefixEnd, type ReadonlyTree } from './btree.ts'

const numbered = (n: number): string => `/k/${n}`
const key = fc.oneof(
  fc.nat(400).map(numbered),
  fc.string({ maxLength: 3, unit: fc.constantFrom('/', '0', 'a', '\uffff') }),
)
/** Neighbouring keys, up or down. */
const run = fc
  .record({ start: fc.integer({ min: 1000, max: 3000 }), length: fc.nat(300), down: fc.boolean() })
  .map(({ start, length, down }) =>
    Array.from({ length }, (_, i) => numbered(down ? start - i : start + i)),
  )
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('set' as const), keys: run }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), keys: run }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('set' as const), keys: fc.tuple(key) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('delete' as const), keys: fc.tuple(key) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('snapshot' as const) }) },
)

function check(
  tree: ReadonlyTree<string, number>,
  model: ReadonlyMap<string, number>,
  probe: string,
): void {
  const sorted = [...model].toSorted(([a], [b]) => (a < b ? -1 : 1))
  assert.equal(tree.size, model.size)
  assert.deepEqual([...tree.range()], sorted)
  for (const key of [...model.keys(), probe]) assert.equal(tree.get(key), model.get(key))
  for (const prefix of ['', '/', '/k/1', '\uffff', probe]) {
    const within = sorted.filter(([k]) => k.startsWith(prefix))
    const behind = within.filter(([k]) => k > probe)
    assert.equal(tree.count({ prefix }), within.length)
    assert.equal(tree.count({ prefix, after: probe }), behind.length)
    assert.deepEqual(
      tree.values({ prefix, after: probe }, 5),
      behind.slice(0, 5).map(([, v]) => v),
    )
  }
}

function apply(
  action: 'set' | 'delete',
  key: string,
  value: number,
  tree: PersistentTree<string, number>,
  model: Map<string, number>,
): void {
  const previous = action === 'set' ? tree.set(key, value) : tree.delete(key)
  assert.equal(previous, model.get(key))
  if (action === 'set') model.set(key, value)
  else model.delete(key)
}

test('PersistentTree behaves as a sorted map, and its snapshots never change', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), key, (steps, probe) => {
      const tree = new PersistentTree<string, number>()
      const model = new Map<string, number>()
      const snapshots: [PersistentTree<string, number>, Map<string, number>][] = []
      for (const [at, step] of steps.entries()) {
        if (step.do === 'snapshot') snapshots.push([tree.snapshot(), new Map(model)])
        else for (const key of step.keys) apply(step.do, key, at, tree, model)
      }
      check(tree, model, probe)
      for (const [snapshot, content] of snapshots) {
        check(snapshot, content, probe)
        snapshot.set('mine', -1) // A snapshot may change too; the tree must not.
      }
      check(tree, model, probe)
    }),
    { numRuns: 50 },
  )
})

for (const order of ['ascending', 'descending', 'shuffled'] as const) {
  test(`PersistentTree fills and empties in ${order} order`, () => {
    const size = 20_000
    const at = (i: number): number => (order === 'shuffled' ? (i * 7919) % size : i)
    const name = (i: number): string =>
      String(order === 'descending' ? size - at(i) : at(i)).padStart(6, '0')
    const tree = new PersistentTree<string, number>()
    for (let i = 0; i < size; i++) tree.set(name(i), i)
    assert.equal(tree.count({ prefix: '0100' }), 100)
    for (let i = 0; i < size - 10; i++) assert.equal(tree.delete(name(i)), i)
    assert.equal(tree.size, 10)
    assert.equal(tree.values().length, 10)
    for (let i = size - 10; i < size; i++) assert.equal(tree.delete(name(i)), i)
    assert.deepEqual([...tree.range()], [])
  })
}

test('PersistentTree.range() goes on after changes', () => {
  const tree = new PersistentTree<string, number>()
  for (let i = 0; i < 1000; i++) tree.set(String(i).padStart(4, '0'), i)
  const seen: number[] = []
  for (const [key, value] of tree.range()) {
    seen.push(value)
    tree.delete(key)
  }
  assert.equal(seen.length, 1000)
  assert.equal(tree.size, 0)
})

test('prefixEnd() is above all strings with the prefix', () => {
  assert.equal(prefixEnd('/pods/'), '/pods0')
  assert.equal(prefixEnd('a\uffff'), 'b')
  assert.equal(prefixEnd('\uffff'), undefined)
  assert.equal(prefixEnd(''), undefined)
})
