import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { ResourceClass } from '../schema/resource.ts'
import { indexBy, ObjectCache } from './object-cache.ts'
import { keyText, parseKey } from './object-key.ts'

interface Thing {
  readonly metadata: { readonly namespace: string; readonly name: string }
  readonly colours: readonly string[]
}

const Things = { resource: { namespaced: true } } as ResourceClass<Thing>
const byColour = indexBy(Things, 'colour', (thing) => thing.colours)

const things = fc.array(
  fc.record({
    metadata: fc.record({
      namespace: fc.constantFrom('a', 'b'),
      name: fc.constantFrom('x', 'y', 'z'),
    }),
    colours: fc.uniqueArray(fc.constantFrom('red', 'green', 'blue')),
    gone: fc.boolean(),
  }),
)

test('ObjectCache finds by key, namespace and index, like a plain map', () => {
  fc.assert(
    fc.property(things, fc.nat(20), (changes, indexedAfter) => {
      const cache = new ObjectCache(Things)
      const model = new Map<string, Thing>()
      changes.forEach(({ gone, ...thing }, i) => {
        // An index must be right whether it was made before or after the objects came.
        if (i === indexedAfter) cache.find(byColour, 'red')
        const key = keyText(thing.metadata)
        assert.equal(gone ? cache.delete(key) : cache.put(thing), model.get(key))
        if (gone) model.delete(key)
        else model.set(key, thing)
      })
      const all = [...model.values()]
      assert.equal(cache.size, all.length)
      for (const namespace of ['a', 'b']) {
        const expected = all.filter((thing) => thing.metadata.namespace === namespace)
        assert.deepEqual(new Set(cache.list(namespace)), new Set(expected))
      }
      for (const colour of ['red', 'green', 'blue']) {
        const expected = all.filter((thing) => thing.colours.includes(colour))
        assert.deepEqual(new Set(cache.find(byColour, colour)), new Set(expected))
        assert.equal(cache.count(byColour, colour), expected.length)
        assert.equal(cache.valuesOf(byColour).includes(colour), expected.length > 0)
      }
    }),
  )
})

test('parseKey() reads what keyText() writes', () => {
  for (const key of [{ name: 'n' }, { namespace: 'a', name: 'n' }]) {
    assert.deepEqual(parseKey(keyText(key)), key)
  }
})
