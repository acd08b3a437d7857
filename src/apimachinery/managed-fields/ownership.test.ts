import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { ConfigMap } from '../../api/core/v1/config-map.ts'
import { applyPatch } from './apply.ts'
import { membersOf, type FieldSet } from './field-set.ts'
import { managedType } from './managed-type.ts'
import type { JsonObject } from './type-schema.ts'
import { managedFieldsOf, updateManagedFields } from './update.ts'

const configMaps = managedType(ConfigMap)
const META = { apiVersion: 'v1', kind: 'ConfigMap' }
const time = '2026-01-01T00:00:00Z'

type Data = Readonly<Record<string, string>>

interface Step {
  readonly apply: boolean
  readonly manager: string
  readonly data: Data
}

const step: fc.Arbitrary<Step> = fc.record(
  {
    apply: fc.boolean(),
    manager: fc.constantFrom('x', 'y', 'z'),
    data: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'), {
      noNullPrototype: true,
    }),
  },
  { noNullPrototype: true },
)

/** The model: each key has a value and owners, and that is all. */
class Model {
  readonly values = new Map<string, string>()
  readonly owners = new Map<string, Set<string>>()

  take({ apply, manager, data }: Step): void {
    const owner = `${manager} ${apply ? 'Apply' : 'Update'}`
    const gone = [...this.values.keys()].filter((key) => !Object.hasOwn(data, key))
    for (const key of gone) {
      if (!apply) this.#remove(key)
      else if (this.owners.get(key)?.delete(owner) && this.owners.get(key)!.size === 0) {
        this.#remove(key)
      }
    }
    for (const [key, value] of Object.entries(data)) {
      const isSame = this.values.get(key) === value
      if (!isSame) this.owners.set(key, new Set([owner]))
      else if (apply) this.owners.get(key)!.add(owner)
      this.values.set(key, value)
    }
  }

  #remove(key: string): void {
    this.values.delete(key)
    this.owners.delete(key)
  }
}

function take(live: JsonObject | undefined, { apply, manager, data }: Step): JsonObject {
  const by = { manager, time }
  // An annotation that stays keeps the object tracked.
  const metadata = { name: 'a', annotations: { keep: 'x' } }
  const object = { ...META, metadata, ...(Object.keys(data).length > 0 && { data }) }
  const result = apply
    ? applyPatch(configMaps, { ...by, live, applied: { ...object, data }, force: true })
    : updateManagedFields(configMaps, live, object, by)
  return { ...result, metadata: { ...(result['metadata'] as object), uid: 'u' } }
}

function ownersOf(object: JsonObject): Map<string, Set<string>> {
  const owners = new Map<string, Set<string>>()
  for (const { manager, operation, fieldsV1 } of managedFieldsOf(object) ?? []) {
    for (const [field, key] of membersOf((fieldsV1 as FieldSet)['f:data'] ?? {}, ['f:data'])) {
      assert.equal(field, 'f:data')
      const name = key!.slice(2)
      owners.set(name, (owners.get(name) ?? new Set()).add(`${manager} ${operation}`))
    }
  }
  return owners
}

test('values and owners are those of a plain model, whoever updates and applies', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
      const model = new Model()
      let live: JsonObject | undefined
      for (const each of steps) {
        model.take(each)
        live = take(live, each)
        assert.deepEqual(live['data'] ?? {}, Object.fromEntries(model.values))
        assert.deepEqual(ownersOf(live), model.owners)
      }
    }),
    { numRuns: 300 },
  )
})
